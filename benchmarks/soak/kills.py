"""
SIGKILL at random moments, under load: nothing acknowledged is lost, nothing is doubled.

Clients post to a real receiver process and send again until they hear 200; a real materializer
process works all the time; both are killed and started again while queries run.
"""

import http.client
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread

from benchmarks.soak.account import ANSWERS, TAGS, Account, marks_in
from benchmarks.soak.lakes import KillableLake
from benchmarks.soak.maintenance import Maintenance
from benchmarks.soak.sender import Sender

CONTENT_TYPE = "application/vnd.limnograph.v1"
ANSWER_TIMEOUT_S = 5.0
RETRY_AFTER_S = 0.05
DRAIN_TIMEOUT_S = 60.0


@dataclass
class Killable:
    """A program of ours that is killed without warning and started again."""

    command: list[str]
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; it says nothing we read."""
        self.process = subprocess.Popen(
            [sys.executable, *self.command], env=dict(self.environ), stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        assert self.process is not None, "start() comes first"
        self.process.kill()
        self.process.wait()


class Clients:
    """Threads that post blocks with marks of their own until told to stop."""

    def __init__(self, port: int, account: Account, threads: int, *, pause_s: float = 0.0) -> None:
        self._port = port
        self._pause_s = pause_s
        self._account = account
        self._stop = Event()
        self._heard = Event()
        marks = count(1)
        self._threads = [Thread(target=self._run, args=(Sender(marks),)) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def wait_until_heard(self) -> None:
        """Return when one more request has been answered with 200: the receiver is at work."""
        self._heard.clear()
        assert self._heard.wait(DRAIN_TIMEOUT_S), "the receiver does not come back"

    def finish(self) -> None:
        """Return when every client has heard 200 for all it sent."""
        self._stop.set()
        for thread in self._threads:
            thread.join(DRAIN_TIMEOUT_S)
            assert not thread.is_alive(), "a client never heard 200"

    def _run(self, sender: Sender) -> None:
        while not self._stop.is_set():
            blocks = [sender.block(tag, random.randint(1, 20)) for tag in TAGS]
            body = sender.request(blocks)
            for block in blocks:
                self._account.sent(block.tag, block.marks)
            while not self._posted(body):
                time.sleep(RETRY_AFTER_S)
            for block in blocks:
                self._account.acknowledged(block.tag, block.marks)
            self._heard.set()
            time.sleep(self._pause_s)

    def _posted(self, body: bytes) -> bool:
        conn = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_TIMEOUT_S)
        try:
            conn.request("POST", "/v1/blocks", body, {"Content-Type": CONTENT_TYPE})
            answer = conn.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            conn.close()
        assert answer.status in {200, 503}, f"{answer.status}: {text!r}"
        return answer.status == 200


@dataclass(frozen=True, slots=True)
class Survived:
    """What a run went through."""

    rounds: int
    kills: int
    events: int
    queries: int


def run(lake: KillableLake, *, go_on: Callable[[int], bool], seed: int) -> Survived:
    """
    Kill and check while ``go_on(rounds so far)``; then let everything finish and check once more.

    Raises:
        AssertionError: An acknowledged event is lost, or one is doubled or was never sent.
    """
    chance = random.Random(seed)
    account = Account()
    receiver = Killable(["-m", "ingest_api"], lake.environ)
    materializer = Killable(["-m", "benchmarks.soak.materializer"], lake.environ)
    receiver.start()
    materializer.start()
    clients = Clients(lake.port, account, threads=3)
    rounds = kills = queries = 0
    try:
        while go_on(rounds):
            clients.wait_until_heard()
            time.sleep(chance.uniform(0.0, 1.5))
            for victim in chance.choice([[receiver], [materializer], [receiver, materializer]]):
                victim.kill()
                victim.start()
                kills += 1
            queries += _check(account, lake.maintenance)
            rounds += 1
        clients.finish()
    finally:
        receiver.kill()
        materializer.kill()
    queries += _check(account, lake.maintenance)
    for view in ("log_entries", "measures", "log_stats"):
        lake.maintenance.increment(view)
    queries += _check(account, lake.maintenance)
    events = sum(len(account.acknowledged_now(tag)) for tag in TAGS)
    return Survived(rounds, kills, events, queries)


def _check(account: Account, maintenance: Maintenance) -> int:
    for tag in TAGS:
        before = account.acknowledged_now(tag)
        account.check(tag, before, marks_in(maintenance.ask(ANSWERS[tag])))
    return len(TAGS)
