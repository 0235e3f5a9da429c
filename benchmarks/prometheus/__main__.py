"""``python -m benchmarks.prometheus``: remote write told as OTLP, and taken in to its answer."""

from collections.abc import Iterator
from functools import partial

from assets.otlp_wire.extension import native
from assets.prometheus_wire.request import Family
from assets.prometheus_wire.translate import translate
from benchmarks.ingest import peer
from benchmarks.otlp.acknowledging import PEER, received_s
from benchmarks.otlp.decoding import in_turns
from benchmarks.otlp.sending import CONNECTIONS, sent
from benchmarks.prometheus import row_by_row, traffic
from benchmarks.report_lines import Line, arguments, emit
from benchmarks.scratch_lake import scratch_lake
from ingest_api.prometheus.routes import PATHS

WARM_UP = 8
ROW_BY_ROW = "protobuf (upb) and a loop over series"
COUNTER = Family(1, traffic.HELP.encode())


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    for line in told(2 if quick else 15):
        emit(line)
    for line in acknowledged(10 if quick else 200):
        emit(line)


def told(rounds: int) -> Iterator[Line]:
    """Measure the translation of a request of each version."""
    for version, make, peers in (
        ("1.0", traffic.first, row_by_row.first),
        ("2.0", traffic.second, row_by_row.second),
    ):
        body = make(1).SerializeToString()
        ours = partial(translate, body, version == "2.0", lambda _: COUNTER)
        assert ours().resources == peers(body), "the same bytes"
        ours_s, peer_s = in_turns(ours, partial(peers, body), rounds)
        yield Line(
            name=f"prometheus.{version} told as OTLP", value=1e6 * ours_s / traffic.SAMPLES,
            unit="CPU us per sample", peer=ROW_BY_ROW, peer_value=1e6 * peer_s / traffic.SAMPLES,
            conditions={
                "bytes_per_sample": round(len(body) / traffic.SAMPLES),
                "samples_per_request": traffic.SAMPLES,
                "targets_per_request": traffic.TARGETS,
                "read_by": "Python (no extension)" if native is None else "C",
            },
        )  # fmt: skip


def acknowledged(requests: int) -> Iterator[Line]:
    """Measure the receiver and Postgres under requests of version 1.0."""
    bodies = [traffic.compressed(traffic.first(number)) for number in range(WARM_UP + requests)]
    warm_up, load = bodies[:WARM_UP], bodies[WARM_UP:]
    samples = requests * traffic.SAMPLES
    with scratch_lake() as lake:
        with lake.ingest() as service:
            ours = sent(service, lake, PATHS[0], load, warm_up)
        with peer(lake, "bare_receiver") as service:
            bare = sent(service, lake, "/v1/blocks", load, warm_up)
    cpu = received_s(ours)
    yield Line(
        name="prometheus.1.0 acknowledged", value=1e6 * cpu / samples,
        unit="CPU us per sample", peer=PEER, peer_value=1e6 * received_s(bare) / samples,
        conditions={
            "samples_per_cpu_s": round(samples / cpu),
            "samples_per_s": round(samples / ours.wall_s),
            "receiver_us_per_sample": round(1e6 * ours.cpu_s["receiver"] / samples, 2),
            "postgres_us_per_sample": round(1e6 * ours.cpu_s["postgres"] / samples, 2),
            "bytes_per_sample": round(sum(map(len, load)) / samples),
            "connections": CONNECTIONS,
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
