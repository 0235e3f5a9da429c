"""A receiver that restarts under load: nothing lost, nothing doubled."""

from collections import Counter

from limnograph.wire.envelope import parse_request
from tests.sdk.peer import Peer
from tests.sdk.programs import start, wait_until

RESTARTS = 10

LOAD = """
    import sys, threading
    import limnograph
    from limnograph import log, metric, span
    limnograph.init("load", sys.argv[1], flush_interval_s=0.02)
    METRIC, SPAN = metric("m"), span("s")
    done = threading.Event()
    counts = [0, 0]
    def work(which):
        while not done.is_set():
            for _ in range(20):
                log.info("%d-%d", which, counts[which])
                with SPAN:
                    METRIC.record(counts[which])
                counts[which] += 1
            done.wait(0.005)
    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads: thread.start()
    def hurry():  # ends the back-off early
        while not done.wait(0.05): limnograph.flush(0.05)
    threads.append(threading.Thread(target=hurry)), threads[-1].start()
    sys.stdin.readline()
    done.set()
    for thread in threads: thread.join()
    assert limnograph.shutdown(60), limnograph.stats()
    assert not limnograph.stats().dropped, limnograph.stats()
    print(*counts)
"""


def dies(_peer: Peer, _number: int) -> None:
    """Cut the connection: the receiver went away before it stored the request."""


def stores_and_dies(peer: Peer, number: int) -> None:
    """Cut the connection after the request was stored, before the sender learned of it."""
    peer.store(parse_request(peer.bodies[number]))


def wait_for_another(peer: Peer) -> None:
    """Wait until one more request arrives."""
    before = len(peer.bodies)
    wait_until(lambda: len(peer.bodies) > before, "a request")


def test_a_receiver_that_restarts_ten_times_gets_every_event_once() -> None:
    """
    Whatever it stored and did not acknowledge, and whatever it never saw.
    """
    peer = Peer()
    port = peer.server.server_port
    program = start(LOAD, peer.uri)
    lives = [peer]
    for _ in range(RESTARTS):
        wait_for_another(lives[-1])
        lives[-1].script = stores_and_dies if len(lives) % 2 else dies
        wait_for_another(lives[-1])
        lives[-1].close()
        later = Peer(port=port)
        later.blocks, later.streams = peer.blocks, peer.streams
        lives.append(later)
    out, err = program.communicate("\n", timeout=120)
    lives[-1].close()
    assert program.returncode == 0, err
    counts = [int(count) for count in out.split()]
    messages = Counter(row["msg"] for row in peer.rows("log"))
    assert messages == {f"{which}-{n}": 1 for which in range(2) for n in range(counts[which])}
    assert len(peer.rows("metrics")) == len(peer.rows("cpu")) == sum(counts)
