"""
Two hundred clients with a small question each, all at once, at one service.

Every answer must be the right one. With room to wait for all of them nobody is refused; with the
room that a service has by default those are refused that find it full, and told to come again. A
service that has just started has two workers and starts others when the first crowd comes; the
second crowd counts.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.flight as fl
import requests

from benchmarks.doors.clients import Ask, Connect, plain_http, pyarrow_flight
from benchmarks.doors.programs import program
from benchmarks.report_lines import Line, emit
from query_engine.limits import RUNNING_QUERIES_MAX, WAITING_QUERIES_MAX

TABLE_ROWS = 100_000
RIGHT, REFUSED = "right", "refused"
Question = tuple[str, dict[str, object] | None]
DOORS: tuple[tuple[str, Connect], ...] = (("flight", pyarrow_flight), ("http", plain_http()))


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of it: answers, refusals, and the seconds until the last of them."""

    right: int
    refused: int
    seconds: float


def main(size: int) -> None:
    """Measure and print."""
    for number, (door, connect) in enumerate(DOORS):
        with served({"LIMNO_QUERY_WAITING_QUERIES_MAX": str(size)}) as (ports, bare):
            first = crowd(connect, ports[number], [own_row(at) for at in range(size)])
            roomy = crowd(connect, ports[number], [own_row(at) for at in range(size)])
            floor = crowd(pyarrow_flight, bare, [("SELECT 1", None)] * size)
        assert first.right == roomy.right == size, f"{first.refused + roomy.refused} refused"
        with served({}) as (ports, _):
            full = crowd(connect, ports[number], [own_row(at) for at in range(size)])
        assert full.right >= min(size, RUNNING_QUERIES_MAX + WAITING_QUERIES_MAX)
        emit(
            Line(
                name=f"doors.crowd.{door}",
                value=roomy.seconds * 1e3,
                unit="ms",
                peer="a bare pyarrow.flight server, asked for a row that it holds",
                peer_value=floor.seconds * 1e3,
                conditions={
                    "clients": size,
                    "first_time_ms": round(first.seconds * 1e3),
                    "refused_by_default": full.refused,
                },
            )
        )


@contextmanager
def served(settings: Mapping[str, str]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Start our service and the peer; yields our ports and the peer's."""
    ours = program("benchmarks.doors.our_server", "arrow", TABLE_ROWS, environment=settings)
    bare = program("benchmarks.doors.bare_server", TABLE_ROWS)
    with ours as ours_running, bare as bare_running:
        yield ours_running.ports, bare_running.ports[0]


def own_row(number: int) -> Question:
    """Return a question that nobody else asks, and its answer."""
    row = {"n": number, "text": f"of {number}"}
    return f"SELECT {number} AS n, 'of ' || CAST({number} AS VARCHAR) AS text", row


def crowd(connect: Connect, port: int, questions: Sequence[Question]) -> Crowd:
    """Ask each question from a thread and a connection of its own, all at once."""
    together = threading.Barrier(len(questions) + 1)
    outcomes: list[str] = []

    def one(ask: Ask, question: Question) -> None:
        together.wait()
        outcomes.append(outcome(ask, *question))

    with ExitStack() as opened:
        threads = [
            threading.Thread(target=one, args=(opened.enter_context(connect(port)), question))
            for question in questions
        ]
        for thread in threads:
            thread.start()
        together.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
    wrong = set(outcomes) - {RIGHT, REFUSED}
    assert not wrong, wrong
    return Crowd(outcomes.count(RIGHT), outcomes.count(REFUSED), seconds)


def outcome(ask: Ask, sql: str, row: dict[str, object] | None) -> str:
    """Ask, and say what came; *row* is the answer, None for any one row."""
    try:
        rows = pa.Table.from_batches(ask(sql)).to_pylist()
    except fl.FlightUnavailableError:
        return REFUSED
    except requests.HTTPError as error:
        return REFUSED if error.response.status_code == 503 else repr(error)
    except Exception as error:
        return repr(error)
    return RIGHT if rows == [row] or (row is None and len(rows) == 1) else f"wrong: {rows}"
