"""Whether the service can answer."""

import threading

import pytest

from assets.errors import StorageUnavailable
from query_engine.errors import ShuttingDown
from query_engine.readiness import Readiness


def test_the_lake_is_asked_at_most_once_a_second():
    """
    Load balancers may ask as often as they like; a recovery shows within a second.
    """
    now, calls, up = [0.0], [], [False]

    def check():
        calls.append(now[0])
        if not up[0]:
            raise StorageUnavailable("no answer")

    ready = Readiness(check, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            ready()
    up[0] = True
    with pytest.raises(StorageUnavailable):
        ready()
    now[0] = 1.1
    ready()
    assert calls == [0.0, 1.1]


def test_storage_that_hangs_is_an_answer_in_time():
    """
    One check hangs; who asks is told within the deadline, and at once when it is over.
    """
    now, calls, answer = [0.0], [], threading.Event()

    def check():
        calls.append(1)
        answer.wait()

    ready = Readiness(check, clock=lambda: now[0], seconds_max=0.05)
    with pytest.raises(StorageUnavailable, match=r"within 0\.05 s"):
        ready()
    now[0] = 100.0
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            ready()
    assert calls == [1]
    answer.set()
    while threading.active_count() > 1 and any(
        thread.name == "readiness" for thread in threading.enumerate()
    ):
        pass
    ready()


def test_a_service_that_stops_is_not_ready_at_once():
    """
    Whatever was found out a moment ago.
    """
    stopping = []

    def check_open():
        if stopping:
            raise ShuttingDown("stopping")

    ready = Readiness(lambda: None, check_open)
    ready()
    stopping.append(1)
    with pytest.raises(ShuttingDown):
        ready()


def test_an_unforeseen_error_is_an_answer_as_well():
    """
    It does not end the checks, and shows nothing of its text.
    """

    def check():
        raise RuntimeError("secret")

    ready = Readiness(check)
    for _ in range(2):
        with pytest.raises(Exception, match="inside the service") as caught:
            ready()
        assert "secret" not in str(caught.value)
