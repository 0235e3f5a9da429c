"""CPU per record from a gRPC call to its durable answer, beside HTTP and a bare servicer."""

from collections.abc import Iterator

from benchmarks.ingest import peer
from benchmarks.otlp import traffic
from benchmarks.otlp.acknowledging import WARM_UP, received_s
from benchmarks.otlp.sending import CONNECTIONS, bodies, sent, sent_over_grpc
from benchmarks.report_lines import Line
from benchmarks.scratch_lake import Service, scratch_lake
from stack.ports import free_port

SIGNALS = {"logs": "log records", "traces": "spans", "metrics": "points"}
HTTP = "our receiver over HTTP"
SERVICER = (
    "grpcio servicer: upb classes, a loop over records, one fsynced file of JSON lines a request"
)


def lines(requests: int) -> Iterator[Line]:
    """Send each signal over both of our doors and to the servicer, other records each time."""
    records = requests * traffic.BATCH
    with scratch_lake() as lake:
        warm = {signal: bodies(signal, WARM_UP, "warm up over gRPC") for signal in SIGNALS}
        given = {signal: bodies(signal, requests, "gRPC") for signal in SIGNALS}
        with lake.ingest() as service:
            ours = {
                signal: sent_over_grpc(service, lake, signal, given[signal], warm[signal])
                for signal in SIGNALS
            }
        with lake.ingest() as service:
            http = {
                signal: sent(
                    service, lake, f"/v1/{signal}", bodies(signal, requests, "HTTP"),
                    bodies(signal, WARM_UP, "warm up over HTTP"),
                )
                for signal in SIGNALS
            }  # fmt: skip
        port = free_port()
        with peer(lake, "otlp.bare_servicer", str(port)) as found:
            service = Service(found.url, found.process, {"grpc": port})
            bare = {
                signal: sent_over_grpc(service, lake, signal, given[signal], warm[signal])
                for signal in SIGNALS
            }
    for signal, what in SIGNALS.items():
        cpu = received_s(ours[signal])
        conditions = {
            f"{what.replace(' ', '_')}_per_cpu_s": round(records / cpu),
            "records_per_s": round(records / ours[signal].wall_s),
            "receiver_us_per_record": round(1e6 * ours[signal].cpu_s["receiver"] / records, 2),
            "postgres_us_per_record": round(1e6 * ours[signal].cpu_s["postgres"] / records, 2),
            "records_per_request": traffic.BATCH,
            "bytes_per_record": round(sum(map(len, given[signal])) / records),
            "connections": CONNECTIONS,
        }
        name = f"otlp.{signal} acknowledged over gRPC"
        for title, beside, spent in (
            (name, SERVICER, bare[signal]),
            (f"{name} beside HTTP", HTTP, http[signal]),
        ):
            yield Line(
                name=title, value=1e6 * cpu / records,
                unit="CPU us per record", peer=beside,
                peer_value=1e6 * received_s(spent) / records, conditions=conditions,
            )  # fmt: skip
