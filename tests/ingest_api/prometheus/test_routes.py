"""Remote write against a real receiver: what is stored, and what a sender is told."""

import cramjam
import httpx
import pytest
from google.protobuf.message import Message

from ingest_api.limits import REMOTE_WRITE_HELD_TIMES
from ingest_api.prometheus.routes import FIRST, PATHS, SECOND
from tests.assets.prometheus_wire.messages import (
    NOW_MS,
    V1,
    V2,
    Symbols,
    put_series,
    write_request,
)

PROTOBUF = "application/x-protobuf"
UP = {"__name__": "up", "job": "node", "instance": "a:9100"}


def snappy(message: Message) -> bytes:
    """Return a message as senders compress it."""
    return bytes(cramjam.snappy.compress_raw(message.SerializeToString()))


def post(receiver, body: Message | bytes, path: str = PATHS[0], **headers: str) -> httpx.Response:
    """Send a request; its message says which one it is."""
    proto = f";proto={SECOND}" if isinstance(body, V2["Request"]) else ""
    named = {"Content-Type": PROTOBUF + proto, "Content-Encoding": "snappy"}
    named |= {key.replace("_", "-"): value for key, value in headers.items()}
    sent = {key: value for key, value in named.items() if value}
    content = body if isinstance(body, bytes) else snappy(body)
    return httpx.post(f"{receiver.url}{path}", content=content, headers=sent, timeout=60)


def written(answer: httpx.Response) -> tuple[int, ...]:
    """Return what the headers count: samples, histograms, exemplars."""
    return tuple(
        int(answer.headers[f"X-Prometheus-Remote-Write-{kind}-Written"])
        for kind in ("Samples", "Histograms", "Exemplars")
    )


@pytest.mark.parametrize("path", PATHS)
def test_each_target_is_a_block_of_its_own_process(receiver, path: str) -> None:
    """
    `exe` is the job, `computer` the host of the instance; the same request again changes nothing.
    """
    request = write_request(
        (UP, [(1, NOW_MS)]),
        (UP | {"instance": "b:9100"}, [(1, NOW_MS), (0, NOW_MS + 5)]),
    )
    for _ in range(2):
        answer = post(receiver, request, path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert written(answer) == (3, 0, 0)
    rows = receiver.rows(
        "SELECT p.exe, p.computer, s.format, s.tags, b.nb_objects, b.begin_time_ns, b.end_time_ns"
        " FROM blocks b JOIN streams s USING (stream_id) JOIN processes p"
        " ON p.process_id = b.process_id ORDER BY p.computer"
    )
    now = NOW_MS * 1_000_000
    assert rows == [
        ("node", "a", "otlp/v1/metrics", ["metrics"], 1, now, now),
        ("node", "b", "otlp/v1/metrics", ["metrics"], 2, now, now + 5_000_000),
    ]
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 2


def test_the_second_message_is_told_by_its_content_type(receiver) -> None:
    """
    Samples, histograms and exemplars are counted apart.
    """
    made = Symbols()
    series = made.series(UP, type=2, help="whether it answers")
    series.samples.add(value=1, timestamp=NOW_MS)
    series.exemplars.add(value=1, timestamp=NOW_MS)
    made.series(UP | {"__name__": "latency"}, type=3).histograms.add(sum=1, timestamp=NOW_MS)
    answer = post(receiver, made.request, X_Prometheus_Remote_Write_Version="2.0.0")
    assert (answer.status_code, answer.content) == (204, b"")
    assert written(answer) == (1, 1, 1)
    assert receiver.rows("SELECT nb_objects FROM blocks") == [(2,)]


def test_what_was_described_before_is_told_with_the_samples(receiver) -> None:
    """
    1.0 sends descriptions in requests of their own; a retry after one is still the same block.
    """
    series = [
        (UP | {"__name__": name}, [(1, NOW_MS)])
        for name in ("hits_total", "wait_bucket", "wait_sum", "wait", "wait_max")
    ]
    assert post(receiver, write_request(*series)).status_code == 204
    described = V1["WriteRequest"]()
    described.metadata.add(type=1, metric_family_name=b"hits_total", help=b"how many")
    described.metadata.add(type=3, metric_family_name=b"wait", help=b"how long", unit=b"s")
    assert post(receiver, described).status_code == 204
    for shift in (0, 1):  # the same again, then another
        again = write_request(*((labels, [(1, NOW_MS + shift)]) for labels, _ in series))
        assert written(post(receiver, again)) == (5, 0, 0)
    assert receiver.rows("SELECT count(*) FROM blocks") == [(2,)]
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 1


def test_what_cannot_be_kept_is_told_and_the_rest_is_stored(receiver) -> None:
    """
    400, which senders do not repeat; the headers count what is stored.
    """
    request = write_request((UP, [(1, NOW_MS), (1, -5)]))
    put_series(request, UP).exemplars.add(value=1, timestamp=0)
    answer = post(receiver, request)
    assert answer.status_code == 400
    assert written(answer) == (1, 0, 0)
    assert answer.text == (
        "refused 1 samples, 0 histograms and 1 exemplars, the others are stored; the first, of"
        " 'up': its time is not between 1970 and 2262"
    )
    assert receiver.rows("SELECT nb_objects FROM blocks") == [(1,)]


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        (b"\xff\xff\xff\xff\x0f", {}, 413, "body_bytes_max"),
        (b"\xff\xff\xff", {}, 400, "the body is not snappy"),
        (snappy(write_request((UP, [(1, NOW_MS)])))[:-3], {}, 400, "the body is not snappy"),
        (b"sNaPpY", {}, 400, "the body is not snappy"),
        (bytes(cramjam.snappy.compress_raw(b"\x0a\x05ab")), {}, 400, "byte 0 of the request"),
        (V2["Request"](timeseries=[V2["TimeSeries"](labels_refs=[1, 2])]), {}, 400, "symbol 1"),
        (write_request((UP, [(1, NOW_MS)])), {"Content_Type": f"{PROTOBUF};proto={SECOND}"},
         400, "byte 0 of the request: series of prometheus.WriteRequest, where"),
        (V2["Request"](symbols=[b""], timeseries=[V2["TimeSeries"]()]), {"Content_Type": PROTOBUF},
         400, "byte 2 of the request: series of io.prometheus.write.v2.Request, where"),
        (write_request(), {"Content_Type": "text/plain"}, 415, "Content-Type 'text/plain'"),
        (write_request(), {"Content_Type": f"{PROTOBUF};proto=x.Y"}, 415, "proto=x.Y"),
        (write_request(), {"Content_Encoding": "br"}, 415, "Content-Encoding 'br'"),
        (b"\x00" * (1 << 20), {}, 413, "wire_body_bytes_max"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(
    start_receiver, body: bytes, headers: dict, status: int, message: str
) -> None:
    """
    None of it is sent again, and nothing of it is stored; the headers say so.
    """
    receiver = start_receiver(wire_body_bytes_max=1 << 19)
    answer = post(receiver, body, **headers)
    assert (answer.status_code, written(answer)) == (status, (0, 0, 0))
    assert message in answer.text
    assert "\n" not in answer.text
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": f'{PROTOBUF}; charset=utf-8; proto="{FIRST}"'},
        {"Content_Type": "Application/X-Protobuf"},
        {"Content_Encoding": ""},
    ],
)
def test_what_older_senders_leave_out_is_understood(receiver, headers: dict) -> None:
    """
    Without an encoding it is snappy, without a message the first.
    """
    assert written(post(receiver, write_request((UP, [(1, NOW_MS)])), **headers)) == (1, 0, 0)


def test_too_much_at_once_is_to_be_sent_again_later(start_receiver) -> None:
    """
    503 with Retry-After, which senders obey; 429 would let some give up.
    """
    receiver = start_receiver(in_flight_bytes_max=100)
    answer = post(receiver, write_request((UP, [(1, NOW_MS + n) for n in range(100)])))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_what_a_request_takes_while_it_is_read_is_counted_beforehand(start_receiver) -> None:
    """
    Beside another request there may be no room for it, though its bytes alone would fit.
    """
    request = write_request((UP, [(1, NOW_MS + n) for n in range(1_000)]))
    size = len(request.SerializeToString())
    receiver = start_receiver(in_flight_bytes_max=size * REMOTE_WRITE_HELD_TIMES - 1)
    in_flight = receiver.receiver.in_flight
    assert post(receiver, request).status_code == 204
    with in_flight.reservation() as other:
        other.hold(size)
        assert post(receiver, request).status_code == 503
    assert post(receiver, request).status_code == 204


def test_a_target_over_the_limit_is_refused_before_anything_is_stored(start_receiver) -> None:
    """
    By the limit's name, with what to do.
    """
    receiver = start_receiver(payload_bytes_max=1_000)
    big = UP | {"instance": "b:1", "long": "x" * 1_000}
    answer = post(receiver, write_request((UP, [(1, NOW_MS)]), (big, [(1, NOW_MS)])))
    assert (answer.status_code, written(answer)) == (413, (0, 0, 0))
    assert "payload_bytes_max = 1000" in answer.text
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]


def test_jobs_that_differ_in_case_alone_are_both_kept(receiver) -> None:
    """
    They are one process, as Micromegas knows processes, and two blocks of it.
    """
    request = write_request((UP, [(1, NOW_MS)]), (UP | {"job": "NODE"}, [(1, NOW_MS)]))
    assert written(post(receiver, request)) == (2, 0, 0)
    assert receiver.rows("SELECT count(*), count(DISTINCT process_id) FROM blocks") == [(2, 1)]
