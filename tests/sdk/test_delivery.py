"""Delivery: retries of the same bytes, refusals, cut connections, deadlines."""

import threading
import time
from email.utils import formatdate

import pytest

import limnograph
from limnograph import log, metric
from limnograph.connection import Connection
from limnograph.limits import BACKOFF_FIRST_S, BACKOFF_MAX_S, RETRY_AFTER_MAX_S
from limnograph.sender import backoff_s
from tests.sdk.peer import Peer


def test_one_request_carries_process_streams_and_blocks(sdk: Peer) -> None:
    """
    The receiver needs nothing but the request to understand its blocks.
    """
    log.info("a")
    metric("m").record(1)
    with limnograph.span("s"):
        pass
    assert limnograph.flush(5)
    assert len(sdk.bodies) == 1
    (process,) = sdk.processes.values()
    assert process.process_id == limnograph.process_id()
    assert process.properties["service"] == "shop"
    assert process.properties["version"] == "7"
    assert process.parent_process_id is None
    assert {stream.tags for stream in sdk.streams.values()} == {("log",), ("metrics",), ("cpu",)}
    log.info("b")
    assert limnograph.flush(5)
    log_blocks = [block for block, content in sdk.blocks.values() if content["kind"] == "log"]
    assert [block.object_offset for block in log_blocks] == [0, 1]
    assert sdk.connections == 1
    now_ns = time.time_ns()
    assert all(now_ns - 60e9 < block.begin_time_ns <= block.end_time_ns <= now_ns + 1e9
               for block in log_blocks)  # fmt: skip


def test_an_overloaded_receiver_is_asked_again_with_the_same_bytes(sdk: Peer) -> None:
    """
    503 and its Retry-After are honoured; the repetition is byte for byte the same.
    """
    times: list[float] = []

    def script(_peer: Peer, number: int) -> tuple[int, dict[str, str]]:
        times.append(time.monotonic())
        return (503, {"Retry-After": "1"}) if number < 2 else (200, {})

    sdk.script = script
    log.info("kept")
    assert limnograph.flush(10)
    assert len(set(sdk.bodies)) == 1
    assert len(sdk.bodies) == 3
    assert times[1] - times[0] >= 1
    assert times[2] - times[1] >= 1
    assert [row["msg"] for row in sdk.rows("log")] == ["kept"]
    assert limnograph.stats().retries == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502])
def test_passing_troubles_are_tried_again(sdk: Peer, status: int) -> None:
    """
    5xx, 408 and 429 lose nothing.
    """
    sdk.script = lambda _peer, number: (status, {}) if number == 0 else (200, {})
    log.info("kept")
    assert limnograph.flush(10)
    assert len(sdk.rows("log")) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_has_expired_loses_nothing(
    sdk: Peer, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A credential that is refused says nothing about the events: they wait, and it is told once.
    """
    sdk.code = {401: "whatever a proxy says", 403: "permission_denied"}[status]
    let_in = threading.Event()
    sdk.script = lambda _peer, _number: (200, {}) if let_in.is_set() else (status, {})
    log.info("kept"), log.info("kept too")
    assert not limnograph.flush(1)
    assert limnograph.stats().dropped == {}
    assert f"HTTP {status}" in limnograph.stats().last_error
    let_in.set()
    assert limnograph.flush(20)
    assert [row["msg"] for row in sdk.rows("log")] == ["kept", "kept too"]
    said = capsys.readouterr().err
    assert said.count("does not take the credential") == 1
    assert "LIMNO_API_KEY" in said


@pytest.mark.parametrize("code", ["forbidden", '"}, "not": {"json'])
def test_a_proxy_that_dislikes_one_body_holds_nothing_up(sdk: Peer, code: str) -> None:
    """
    A 403 that is not the receiver's refuses this batch, as a 400 does; the next one is sent.
    """
    sdk.code = code
    sdk.script = lambda _peer, number: (403, {}) if number == 0 else (200, {})
    log.info("disliked")
    assert not limnograph.flush(10)
    assert limnograph.stats().dropped == {"refused": 1}
    log.info("next")
    assert limnograph.flush(10)
    assert [row["msg"] for row in sdk.rows("log")] == ["next"]


def test_a_cut_connection_stores_each_block_once(sdk: Peer) -> None:
    """
    An acknowledgement lost on the way is asked for again; the block ids are the same.
    """

    def script(peer: Peer, number: int) -> tuple[int, dict[str, str]] | None:
        if number in {0, 1, 3}:
            from limnograph.wire.envelope import parse_request

            peer.store(parse_request(peer.bodies[number]))
            return None
        return 200, {}

    sdk.script = script
    log.info("one")
    assert limnograph.flush(10)
    log.info("two")
    assert limnograph.flush(10)
    assert [row["msg"] for row in sdk.rows("log")] == ["one", "two"]


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_refused_request_is_dropped_and_told(
    sdk: Peer, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    4xx never will succeed: its events are counted, and the next block and a metric tell.
    """
    sdk.script = lambda _peer, number: (status, {}) if number == 0 else (200, {})
    log.info("lost"), log.info("lost too")
    assert not limnograph.flush(10)
    assert limnograph.stats().dropped == {"refused": 2}
    assert f"HTTP {status}" in limnograph.stats().last_error
    assert capsys.readouterr().err.count("refused 2 events") == 1
    log.info("next")
    assert limnograph.flush(10)
    assert sdk.dropped("log") == 2
    assert limnograph.shutdown(10)
    (row,) = sdk.rows("metrics")
    assert (row["name"], row["value"]) == ("limnograph.dropped_events", 2.0)
    assert row["properties"] == {"stream": "log", "reason": "refused"}


def test_a_receiver_that_comes_late_gets_everything(peer: Peer) -> None:
    """
    Until somebody listens, events wait; flush returns False at its deadline.
    """
    port = peer.server.server_port
    peer.close()
    limnograph.init("shop", f"http://127.0.0.1:{port}", flush_interval_s=30)
    log.info("early")
    begin = time.monotonic()
    assert not limnograph.flush(0.3)
    assert time.monotonic() - begin < 2
    assert limnograph.stats().waiting_requests == 1
    late = Peer(port=port)
    try:
        assert limnograph.flush(10)
        assert [row["msg"] for row in late.rows("log")] == ["early"]
    finally:
        limnograph.shutdown(1)
        late.close()


def test_what_nobody_takes_and_no_file_keeps_is_counted_at_the_end() -> None:
    """
    shutdown gives up at its deadline and says how much was lost.
    """
    limnograph.init("shop", "http://127.0.0.1:9", flush_interval_s=30, state_dir="none")
    log.info("x")
    begin = time.monotonic()
    assert not limnograph.shutdown(0.5)
    assert time.monotonic() - begin < 3
    assert limnograph.stats().dropped == {"exit": 1}


def test_a_silent_receiver_does_not_hold_up_the_deadline(sdk: Peer) -> None:
    """
    flush and shutdown return when they are told to, though the peer never answers.
    """

    def script(_peer: Peer, _number: int) -> tuple[int, dict[str, str]]:
        time.sleep(3)
        return 200, {}

    sdk.script = script
    log.info("x")
    begin = time.monotonic()
    assert not limnograph.flush(0.2)
    assert not limnograph.shutdown(0.2)
    assert time.monotonic() - begin < 2


def test_recording_goes_on_while_the_receiver_is_silent(sdk: Peer) -> None:
    """
    No call of the application waits for the network.
    """
    sdk.script = lambda _peer, _number: (time.sleep(0.5), (503, {"Retry-After": "9"}))[1]
    log.info("first")
    limnograph.flush(0.05)
    begin = time.monotonic()
    for number in range(20_000):
        log.info("event %d", number)
    assert time.monotonic() - begin < 5
    assert not limnograph.shutdown(0.1)


def test_events_leave_by_themselves(peer: Peer) -> None:
    """
    Without any flush the background thread sends each interval.
    """
    limnograph.init("shop", peer.uri, flush_interval_s=0.05)
    log.info("x")
    deadline = time.monotonic() + 5
    while not peer.rows("log") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert peer.rows("log")


def test_a_new_start_is_a_new_process(peer: Peer) -> None:
    """
    After shutdown nothing is recorded; init again is another process with its own streams.
    """
    assert limnograph.init("one", peer.uri)
    assert not limnograph.init("again", peer.uri)
    log.info("a")
    with limnograph.span("s"):
        pass
    assert limnograph.shutdown(5)
    assert limnograph.process_id() is None
    log.info("between")
    assert limnograph.init("two", peer.uri)
    log.info("b")
    with limnograph.span("s"):
        pass
    assert limnograph.shutdown(5)
    assert limnograph.shutdown(5)
    assert [row["msg"] for row in peer.rows("log")] == ["a", "b"]
    assert len(peer.processes) == 2
    assert len(peer.streams) == 4
    assert limnograph.stats().acknowledged_events == 2


def test_a_wrong_address_is_said_and_nothing_raised(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A mistake in the configuration of telemetry does not stop the application.
    """
    assert not limnograph.init("shop", "localhost:9480")
    log.info("x")
    assert "not recording: not an http(s) address" in capsys.readouterr().err
    with pytest.raises(ValueError, match="not an http"):
        Connection("ftp://x")


def test_backoff_grows_to_its_limit_with_jitter() -> None:
    """
    Doubling from BACKOFF_FIRST_S to BACKOFF_MAX_S, the upper half of each step at random.
    """
    assert backoff_s(1, 0.0) == BACKOFF_FIRST_S / 2
    assert backoff_s(3, 1.0) == BACKOFF_FIRST_S * 4
    assert backoff_s(10_000, 1.0) == BACKOFF_MAX_S


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("2", 2, 2),
        ("0.5", 0.5, 0.5),
        ("-1", 0, 0),
        ("soon", 0, 0),
        ("nan", 0, 0),
        ("999999", RETRY_AFTER_MAX_S, RETRY_AFTER_MAX_S),
        (formatdate(time.time() + 3600, usegmt=True), RETRY_AFTER_MAX_S, RETRY_AFTER_MAX_S),
        (formatdate(time.time() - 3600, usegmt=True), 0, 0),
    ],
    ids=["whole", "parts", "negative", "nonsense", "nan", "excess", "date ahead", "date past"],
)
def test_retry_after_is_read_in_each_of_its_forms(
    peer: Peer, header: str, low: float, high: float
) -> None:
    """
    Seconds, dates, nonsense and excess: never below 0, never above RETRY_AFTER_MAX_S.
    """
    peer.script = lambda _peer, _number: (503, {"Retry-After": header})
    connection = Connection(peer.uri)
    answer = connection.post(b"x")
    connection.close()
    assert low <= answer.retry_after_s <= high


def test_secrets_are_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Neither a password in the address nor a key that cannot be sent appears in a message.
    """
    assert Connection("http://me:secret@host:81/a").endpoint == "http://host:81/a"
    assert limnograph.init("shop", "http://127.0.0.1:9", api_key="secret\r\nX: y") is False
    said = capsys.readouterr().err
    assert "the API key holds characters that a header cannot carry" in said
    assert "secret" not in said


def test_an_api_key_is_sent_as_a_bearer_token(peer: Peer) -> None:
    """
    The key goes into the Authorization header and nowhere else.
    """
    seen = []
    handler = peer.server.RequestHandlerClass
    original = handler.do_POST  # type: ignore[attr-defined]

    def do_post(self: object) -> None:
        seen.append(self.headers["Authorization"])  # type: ignore[attr-defined]
        original(self)

    handler.do_POST = do_post  # type: ignore[attr-defined]
    limnograph.init("shop", peer.uri, api_key=" k1\n")
    log.info("x")
    assert limnograph.flush(5)
    assert seen == ["Bearer k1"]
    assert b"k1" not in peer.bodies[0]
