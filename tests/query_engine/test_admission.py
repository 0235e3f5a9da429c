"""The slots of running queries."""

import threading
import time

import pytest

from query_engine.admission import Admission
from query_engine.errors import ShuttingDown, TooManyQueries


def test_a_wait_ends_when_it_takes_too_long():
    """
    Nobody waits for ever behind queries that do not end.
    """
    admission = Admission(1, 1, 0.1)
    admission.enter()
    with pytest.raises(TooManyQueries, match=r"0\.1 s"):
        admission.enter()
    assert admission.waiting == 0
    admission.leave()
    admission.enter()


def test_those_who_wait_are_told_of_a_stop():
    """
    A stop does not leave anybody hanging.
    """
    admission = Admission(1, 1, 30)
    admission.enter()
    told = []

    def wait():
        try:
            admission.enter()
        except ShuttingDown as error:
            told.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not admission.waiting:
        time.sleep(0.005)
    admission.close()
    waiter.join(5)
    assert len(told) == 1
    assert not admission.wait_idle(0.01)
    admission.leave()
    assert admission.wait_idle(0.01)


def test_never_more_run_than_there_are_slots():
    """
    Whatever the number of threads.
    """
    admission = Admission(3, 100, 30)
    lock, now, most = threading.Lock(), [0], [0]

    def run():
        admission.enter()
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1
        admission.leave()

    threads = [threading.Thread(target=run) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] == 3
    assert admission.running == 0
