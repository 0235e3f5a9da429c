"""The spool: requests on disk while the receiver is away."""

from pathlib import Path

import pytest

import limnograph
from limnograph import Limits, log, metric, span
from tests.sdk.peer import Peer
from tests.sdk.programs import request_files, wait_until


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    """A directory on disk that does not exist yet."""
    return tmp_path / "spool"


def begin(peer: Peer, spool_dir: Path, **limits: int) -> None:
    """Start the SDK with a spool and a receiver that is away."""
    peer.script = lambda _peer, _number: (503, {})
    assert limnograph.init(
        "shop",
        peer.uri,
        flush_interval_s=3600,
        level="trace",
        spool_dir=str(spool_dir),
        limits=Limits(**limits),
    )


def record(number: int) -> None:
    """Record one event of each kind."""
    log.info("%d", number)
    metric("m").record(number)
    with span("s"):
        pass


def test_an_outage_goes_to_disk_and_comes_back_in_order(peer: Peer, spool_dir: Path) -> None:
    """
    What is encoded while the receiver is away takes no memory, and arrives when it is back.
    """
    begin(peer, spool_dir)
    for number in range(10):
        log.info("%d", number)
        limnograph.flush(0.05)
    stats = limnograph.stats()
    assert len(request_files(spool_dir)) >= 8
    assert stats.waiting_requests == 10
    assert stats.spooled_bytes > stats.waiting_bytes
    peer.script = lambda _peer, _number: (200, {})
    assert limnograph.flush(30)
    assert [row["msg"] for row in peer.rows("log")] == [str(number) for number in range(10)]
    assert request_files(spool_dir) == []
    assert limnograph.stats().dropped == {}
    assert limnograph.shutdown(10)
    assert list(spool_dir.rglob("lock")) == []


def test_what_is_on_disk_at_the_end_is_replayed_at_the_next_start(
    peer: Peer, spool_dir: Path
) -> None:
    """
    Also what waited in memory goes to disk at the exit: memory files end with the machine.
    """
    begin(peer, spool_dir)
    first = limnograph.process_id()
    for number in range(5):
        log.info("%d", number)
        limnograph.flush(0.05)
    assert not limnograph.shutdown(0.1)
    assert len(request_files(spool_dir)) == 5
    assert limnograph.stats().kept_events == 5
    begin(peer, spool_dir)
    peer.script = lambda _peer, _number: (200, {})
    wait_until(lambda: limnograph.flush(10) and not request_files(spool_dir), "the replay")
    assert sorted(row["msg"] for row in peer.rows("log", first)) == list("01234")


def test_a_full_spool_drops_spans_then_metrics_then_logs(peer: Peer, spool_dir: Path) -> None:
    """
    The bound holds, every event is accounted for, and what is kept is what matters most.
    """
    begin(peer, spool_dir, spool_bytes_max=120_000, outbox_requests_max=0)
    peer.script = lambda _peer, _number: (503, {"Retry-After": "60"})
    for number in range(40):
        record(number)
        limnograph.flush(0.0)
    assert sum(path.stat().st_size for path in request_files(spool_dir)) < 130_000
    dropped = limnograph.stats().dropped_by_stream
    assert dropped["cpu"] > dropped["metrics"] > dropped.get("log", 0)
    assert limnograph.stats().dropped.keys() <= {"spool_full", "outbox_full"}
    kept = limnograph.stats()
    limnograph.shutdown(0.0)
    assert limnograph.stats().kept_events + sum(limnograph.stats().dropped.values()) == 120
    assert sum(kept.dropped.values()) > 0


def test_a_spool_that_cannot_be_written_is_said_once(
    peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The requests stay in memory, as without a spool.
    """
    (tmp_path / "file").write_text("")
    begin(peer, tmp_path / "file" / "spool")
    for number in range(4):
        log.info("%d", number)
        limnograph.flush(0.05)
    assert capsys.readouterr().err.count("going on without spool directory") == 1
    peer.script = lambda _peer, _number: (200, {})
    assert limnograph.flush(30)
    assert [row["msg"] for row in peer.rows("log")] == list("0123")


def test_a_healthy_receiver_costs_no_disk(peer: Peer, spool_dir: Path) -> None:
    """
    The spool is made when it is needed, not before.
    """
    begin(peer, spool_dir)
    peer.script = lambda _peer, _number: (200, {})
    record(1)
    assert limnograph.flush(10)
    assert not spool_dir.exists()
