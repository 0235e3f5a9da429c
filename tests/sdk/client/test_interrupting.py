"""Ways to stop a query before it is done: each of them stops it at the service too."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import pytest

import limnograph
from limnograph.client import Cancelled, Client, QueryError, TimedOut
from limnograph.client.meter import Meter
from limnograph.client.waiting import left_s
from query_engine.service import QueryService

SLOW = "SELECT n FROM gated"
LONG = "SELECT a.n, b.n AS m FROM many AS a, many AS b"
ASK = """
import limnograph, sys
lake = limnograph.connect(sys.argv[1], progress=False)
print("asking", flush=True)
{call}
"""


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something that is to happen; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("door", ["flight_uri", "http_uri"])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param("lake.query('SELECT n FROM gated')", id="waiting"),
        pytest.param(f"for batch in lake.query('{LONG}'): pass", id="reading"),
    ],
)
def test_ctrl_c_stops_the_query_at_the_service(
    door: str, call: str, request: pytest.FixtureRequest, service: QueryService
) -> None:
    """
    The program gets its KeyboardInterrupt at once, and the service's cores are free.
    """
    uri = request.getfixturevalue(door)
    with subprocess.Popen(
        [sys.executable, "-c", ASK.format(call=call), uri],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        try:
            until(lambda: any(query.state == "running" for query in service.running.all()))
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            until(lambda: not service.running.all())
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert time.monotonic() - begun < 15
    assert "KeyboardInterrupt" in said
    assert "Fatal" not in said
    assert process.returncode != 0


def test_a_dropped_result_stops_its_query(lake: Client, service: QueryService) -> None:
    """
    Nobody can read the rows any more, so nobody pays for them.
    """
    result = lake.query(LONG)
    assert len(service.running.all()) == 1
    del result
    gc.collect()
    until(lambda: not service.running.all())


def test_a_closed_result_stops_its_query_and_says_so(lake: Client, service: QueryService) -> None:
    """
    What is read after that is an error, never an end.
    """
    result = lake.query(LONG)
    rows = iter(result)
    next(rows)
    result.close()
    until(lambda: not service.running.all())
    with pytest.raises(Cancelled, match="closed"):
        list(rows)
    with pytest.raises(Cancelled, match="closed"):
        result.arrow()


def test_a_timeout_ends_waiting_and_the_query(lake: Client, service: QueryService) -> None:
    """
    ``timeout`` counts until the last row has arrived.
    """
    with pytest.raises(TimedOut, match=r"timeout=0\.3") as caught:
        lake.query(SLOW, timeout=0.3)
    assert caught.value.query_id
    until(lambda: not service.running.all())


def test_a_query_may_be_cancelled_by_its_id(lake: Client, service: QueryService) -> None:
    """
    From anywhere: its reader is told, and a query that is not there is no error.
    """
    result = lake.query(LONG)
    assert [query.query_id for query in service.running.all()] == [result.query_id]
    assert lake.cancel(result.query_id) is True
    with pytest.raises(Cancelled):
        result.arrow()
    assert lake.cancel("00000000-0000-0000-0000-000000000000") is False


@pytest.mark.parametrize("door", ["flight_uri", "http_uri"])
def test_a_cancelled_task_stops_its_query(
    door: str, request: pytest.FixtureRequest, service: QueryService
) -> None:
    """
    While it waits for the answer, and while it reads it.
    """
    uri = request.getfixturevalue(door)

    async def waiting() -> None:
        async with limnograph.connect_async(uri) as lake:
            await lake.query(SLOW)

    async def reading() -> None:
        async with limnograph.connect_async(uri) as lake:
            async for _ in await lake.query(LONG):
                pass

    async def cancelled(program: Callable) -> None:
        task = asyncio.create_task(program())
        running = partial(until, lambda: any(q.state == "running" for q in service.running.all()))
        await asyncio.to_thread(running)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for program in (waiting, reading):
        asyncio.run(cancelled(program))
        until(lambda: not service.running.all())


def test_an_error_is_raised_again_for_whoever_asks_again(lake: Client) -> None:
    """
    A result that failed never becomes a short one.
    """
    result = lake.query(LONG)
    lake.cancel(result.query_id)
    for _ in range(2):
        with pytest.raises(QueryError):
            result.arrow()


def test_no_wait_is_so_long_that_ctrl_c_seems_lost() -> None:
    """
    A signal that arrives just before a wait is noticed after it: waits are short, and many.
    """

    class Quiet:
        begun = time.monotonic()

    waits = min(Meter(Quiet(), shown=False).step_s(), left_s(Quiet(), None))
    assert waits <= 1
