"""A receiver that is killed while clients send: they send again; nothing is missing or twice."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

import limnograph
from stack.ports import free_port
from tests.app.processes import lake_environ, launch, start
from tests.interop.environments import Environment
from tests.otlp_clients.programs import run, told
from tests.otlp_clients.reconciling import reconcile

pytestmark = pytest.mark.slow

KILLS = 2
SECONDS_MAX = 120
SMALL_BATCHES = {
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
    "OTEL_BSP_SCHEDULE_DELAY": "20",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "10",
    "OTEL_BLRP_SCHEDULE_DELAY": "20",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
    # JavaScript's SDK has the others no more, and its program takes no arguments.
    "SMALL_BATCHES": "yes",
    "ROUNDS": "8",
}
"""Many requests, of which a kill hits some; deltas, since a later point makes up for no other."""


class MortalReceiver:
    """A receiver on ports and a lake that stay the same, which dies and comes back."""

    def __init__(self, environ: dict[str, str], running: ExitStack) -> None:
        ports = ("LIMNO_INGEST_PORT", "LIMNO_INGEST_GRPC_PORT")
        self._environ = environ | {variable: str(free_port()) for variable in ports}
        self._running = running
        self._process, self.addresses = launch("ingest_api", self._environ, running)

    def die_and_return(self) -> None:
        """End without a word, as a machine does, and start again."""
        self._process.kill()
        self._process.wait()
        self._process, _ = launch("ingest_api", self._environ, self._running)

    def wait_for_more_blocks(self) -> None:
        """Return when something has been stored that was not there at the call."""
        before, deadline = self._blocks(), time.monotonic() + SECONDS_MAX
        while self._blocks() == before:
            assert time.monotonic() < deadline, "nothing arrives any more"
            time.sleep(0.01)

    def _blocks(self) -> int:
        with psycopg.connect(self._environ["LIMNO_DATABASE_URL"]) as conn:
            ((count,),) = conn.execute("SELECT count(*) FROM blocks").fetchall()
        return int(count)


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """End what a test has started."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize(
    "way",
    [("python_sdk", "http/protobuf"), ("python_sdk", "grpc"), ("node_sdk", "http/json")],
    ids=" ".join,
)
def test_a_receiver_that_is_killed_midway_loses_and_doubles_nothing(
    way: tuple[str, str],
    running: ExitStack,
    database_url: str,
    environment: Callable[[str], Environment],
    tmp_path: Path,
) -> None:
    """
    What was not acknowledged is sent again by the exporters; what was stored already is known.
    """
    client, protocol = way
    environ = lake_environ(database_url, tmp_path / "lake")
    receiver = MortalReceiver(environ, running)
    variables = SMALL_BATCHES | told(receiver.addresses, protocol)
    with ThreadPoolExecutor(1) as beside:
        rounds = ("--rounds", "8", "--pause", "0.3")
        sending = beside.submit(run, environment(client), tmp_path, variables, *rounds)
        for _ in range(KILLS):
            receiver.wait_for_more_blocks()
            receiver.die_and_return()
        service, ledger = sending.result()
    addresses = start("query_engine", environ, running)
    with limnograph.connect(addresses["flight"]) as lake:
        reconcile(lake, service, ledger)
