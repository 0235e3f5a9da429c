"""The queue of requests: what goes first, what is dropped first, and how much there may be."""

import pytest

from limnograph.limits import Limits
from limnograph.outbox import Outbox
from limnograph.outgoing import LOGS, METRICS, SPANS, Outgoing


def request(rank: int, size: int = 10, events: int = 1) -> Outgoing:
    """Return a request of one kind."""
    kind = ("log", "metrics", "traces", "spans")[rank]
    return Outgoing(b"x" * size, blocks=1, rows=[(kind, events)], rank=rank)


def queued(outbox: Outbox) -> list[Outgoing]:
    """Take everything out in the order of sending."""
    found = []
    while (head := outbox.head(0.0)) is not None:
        found.append(head)
        outbox.settle(head)
    return found


def test_logs_go_before_metrics_and_these_before_spans() -> None:
    """
    The most important is sent first, and within one rank the oldest.
    """
    outbox = Outbox(Limits())
    ranks = [SPANS, LOGS, METRICS, SPANS, LOGS]
    requests = [request(rank) for rank in ranks]
    for one in requests:
        assert outbox.offer(one) == []
    assert queued(outbox) == [requests[at] for at in (1, 4, 2, 0, 3)]


@pytest.mark.parametrize("bound", [{"outbox_requests_max": 4}, {"outbox_bytes_max": 40}])
def test_spans_are_dropped_before_metrics_and_these_before_logs(bound: dict[str, int]) -> None:
    """
    A newcomer displaces the newest of the lowest rank; logs displace everything but logs.
    """
    outbox = Outbox(Limits(**bound))
    spans, metrics = [request(SPANS), request(SPANS)], [request(METRICS), request(METRICS)]
    for one in spans + metrics:
        assert outbox.offer(one) == []
    assert outbox.offer(request(LOGS)) == [spans[1]]
    assert outbox.offer(request(LOGS)) == [spans[0]]
    assert outbox.offer(request(LOGS)) == [metrics[1]]
    assert outbox.offer(request(LOGS)) == [metrics[0]]
    for late in (request(SPANS), request(METRICS), request(LOGS)):
        assert outbox.offer(late) == [late]
    assert outbox.size() == (4, 40)


def test_nothing_is_displaced_in_vain() -> None:
    """
    A request that does not fit even in an empty lane costs nobody else's place.
    """
    outbox = Outbox(Limits(outbox_bytes_max=40))
    kept = request(SPANS)
    assert outbox.offer(kept) == []
    large = request(LOGS, size=41)
    assert outbox.offer(large) == [large]
    assert queued(outbox) == [kept]


def test_what_the_receiver_was_offered_is_not_displaced() -> None:
    """
    It may be stored already: counting it as lost could be wrong.
    """
    outbox = Outbox(Limits(outbox_requests_max=2))
    tried, fresh = request(SPANS), request(SPANS)
    outbox.offer(tried)
    assert outbox.head(0.0) is tried
    outbox.offer(fresh)
    assert outbox.offer(request(LOGS)) == [fresh]
    late = request(LOGS)
    assert outbox.offer(late) == [late]


def test_waiting_ends_when_all_that_was_queued_is_settled() -> None:
    """
    Later requests, and those of dead processes, are not waited for.
    """
    outbox = Outbox(Limits())
    outbox.adopt(Outgoing(None))
    assert outbox.wait_settled(0.0)
    first = request(SPANS)
    outbox.offer(first)
    assert not outbox.wait_settled(0.0)
    outbox.settle(first)
    assert outbox.wait_settled(0.0)
