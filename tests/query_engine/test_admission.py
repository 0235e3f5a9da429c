"""The slots of running queries."""

import threading
import time

import pytest

from query_engine.admission import Admission
from query_engine.cancel import CancelToken
from query_engine.errors import Cancelled, ShuttingDown, TooManyQueries

TOKEN = CancelToken(1e9)


def test_a_wait_ends_when_it_takes_too_long():
    """
    Nobody waits for ever behind queries that do not end.
    """
    admission = Admission(1, 1, 0.1)
    admission.enter("a", TOKEN)
    with pytest.raises(TooManyQueries, match=r"0\.1 s"):
        admission.enter("a", TOKEN)
    assert admission.waiting == 0
    admission.leave("a")
    admission.enter("a", TOKEN)


def test_who_had_a_slot_before_is_not_refused():
    """
    It finds room in a full waiting room and waits longer than others, as long as its token lets it.
    """
    admission = Admission(1, 0, 0.01)
    admission.enter("a", TOKEN)
    with pytest.raises(TooManyQueries):
        admission.enter("b", TOKEN)
    again = threading.Thread(target=admission.enter, args=("b", TOKEN), kwargs={"again": True})
    again.start()
    while not admission.waiting:
        time.sleep(0.005)
    time.sleep(0.2)
    admission.leave("a")
    again.join(5)
    assert not again.is_alive()
    assert admission.running == 1
    admission.leave("b")


def test_those_who_wait_are_told_of_a_stop():
    """
    A stop does not leave anybody hanging.
    """
    admission = Admission(1, 1, 30)
    admission.enter("a", TOKEN)
    told = []

    def wait():
        try:
            admission.enter("a", TOKEN)
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
    admission.leave("a")
    assert admission.wait_idle(0.01)


def test_never_more_run_than_there_are_slots():
    """
    Whatever the number of threads.
    """
    admission = Admission(3, 100, 30)
    lock, now, most = threading.Lock(), [0], [0]

    def run():
        admission.enter("a", TOKEN)
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1
        admission.leave("a")

    threads = [threading.Thread(target=run) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] == 3
    assert admission.running == 0


def entered(admission, clients):
    """Let so many clients wait for the one slot, and return the order in which they got it."""
    order = []

    def ask(client):
        admission.enter(client, TOKEN)
        order.append(client)
        admission.leave(client)

    admission.enter("busy", TOKEN)
    threads = []
    for client in clients:
        waiting = admission.waiting
        threads.append(threading.Thread(target=ask, args=(client,)))
        threads[-1].start()
        while admission.waiting == waiting:
            time.sleep(0.002)
    admission.leave("busy")
    for thread in threads:
        thread.join(10)
    return order


def test_one_client_is_served_in_order():
    """
    Strictly first come, first served, whatever thread wakes up first.
    """
    admission = Admission(1, 100, 30)
    turns = []

    def ask(number):
        admission.enter("a", TOKEN)
        turns.append(number)
        admission.leave("a")

    admission.enter("a", TOKEN)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for number, thread in enumerate(threads):
        thread.start()
        while admission.waiting <= number:
            time.sleep(0.002)
    admission.leave("a")
    for thread in threads:
        thread.join(10)
    assert turns == list(range(20))


def test_a_flood_of_one_client_does_not_starve_another():
    """
    Who comes after many queries of somebody else waits for one of them.
    """
    order = entered(Admission(1, 100, 30), ["flood"] * 10 + ["quiet", "other"])
    assert set(order[:3]) == {"flood", "quiet", "other"}


def test_a_full_room_gives_way_to_a_client_that_has_nobody_in_it():
    """
    The client with most waiting queries loses its last one, and is told.
    """
    admission = Admission(1, 3, 30)
    admission.enter("flood", TOKEN)
    outcomes = []

    def ask(client):
        try:
            admission.enter(client, TOKEN)
        except TooManyQueries:
            outcomes.append((client, "refused"))
        else:
            outcomes.append((client, "served"))
            admission.leave(client)

    threads = [threading.Thread(target=ask, args=("flood",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    while admission.waiting < 3:
        time.sleep(0.002)
    threads.append(threading.Thread(target=ask, args=("quiet",)))
    threads[-1].start()
    while not outcomes:
        time.sleep(0.002)
    with pytest.raises(TooManyQueries):
        admission.enter("flood", TOKEN)
    admission.leave("flood")
    for thread in threads:
        thread.join(10)
    assert outcomes[0] == ("flood", "refused")
    assert outcomes[1] == ("quiet", "served")
    assert admission.running == 0


def test_who_waits_hears_of_its_own_cancellation():
    """
    A client that leaves the queue makes room in it.
    """
    admission = Admission(1, 10, 30)
    admission.enter("a", TOKEN)
    with pytest.raises(Cancelled):
        admission.enter("b", CancelToken(60, is_gone=lambda: True))
    assert admission.waiting == 0
    admission.leave("a")
    assert admission.running == 0
