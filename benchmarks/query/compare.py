"""
Asks every engine every question, checks that they agree, and prints what it took.

Cold: an engine just opened, with nothing in its caches, that is asked its first question; opening
and registering the tables is part of it, the operating system's page cache stays warm. Hot: the
best of several runs on one engine that has answered the question before. Turns alternate between
the engines, so that a busy machine is busy for all of them.
"""

import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import pyarrow as pa

from benchmarks.query.engines import PEERS
from benchmarks.query.equality import difference
from benchmarks.query.suite import Ask, Engine, Fresh, Question, Suite
from benchmarks.report_lines import Line, emit
from query_engine.sql.errors import Unsupported

PLANNED = 5
"""How often the front end is asked for each plan; the best time counts."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one question: per engine, cold and hot."""

    question: Question
    cold: Mapping[Engine, float]
    hot: Mapping[Engine, float]

    def ratio(self, peers: Iterable[Engine], *, hot: bool) -> float:
        """Return ours over the better of *peers*."""
        times = self.hot if hot else self.cold
        return times["limnograph"] / min(times[peer] for peer in peers)


def run(suite: Suite, *, repeats: int, only: Sequence[str] = ()) -> list[Timing]:
    """
    Ask, check and print.

    Raises:
        AssertionError: Two engines gave different answers.
    """
    timings: list[Timing] = []
    refused: list[str] = []
    with ExitStack() as stack:
        engines = {name: stack.enter_context(fresh()) for name, fresh in suite.engines.items()}
        for question in suite.questions:
            if only and question.name not in only:
                continue
            try:
                timing = compare(suite, question, engines, repeats=repeats)
            except Unsupported:
                refused.append(question.name)
                continue
            timings.append(timing)
            report(suite, timing, repeats)
        front_end(suite, [timing.question for timing in timings], engines["duckdb"])
    if refused:
        print(f"{suite.name}: refused by our engine: {', '.join(refused)}", file=sys.stderr)
    summarize(suite, timings)
    return timings


def compare(
    suite: Suite, question: Question, engines: Mapping[Engine, Ask], *, repeats: int
) -> Timing:
    """Return what one question took, after checking the answers."""
    texts = {engine: suite.text(engine, question) for engine in engines}
    answers = {engine: ask(texts[engine]) for engine, ask in engines.items()}
    check(question, answers)
    cold = {
        engine: min(first_answer(fresh, texts[engine]) for _ in range(2))
        for engine, fresh in suite.engines.items()
    }
    hot = dict.fromkeys(engines, math.inf)
    for _ in range(repeats):
        for engine, ask in engines.items():
            hot[engine] = min(hot[engine], seconds(ask, texts[engine]))
    return Timing(question, cold, hot)


def check(question: Question, answers: Mapping[Engine, pa.Table]) -> None:
    """Compare every answer with ours."""
    for engine, answer in answers.items():
        ours = answers["limnograph"]
        if question.any_rows:
            assert ours.num_rows == answer.num_rows, f"{question.name}: {engine} has other rows"
            continue
        found = difference(ours, answer, ordered=question.ordered)
        assert found is None, f"{question.name}: limnograph and {engine} disagree: {found}"


def first_answer(fresh: Fresh, text: str) -> float:
    """Return the seconds from opening an engine to its first answer."""
    start = time.perf_counter()
    with fresh() as ask:
        ask(text)
        return time.perf_counter() - start


def seconds(ask: Callable[[str], object], text: str) -> float:
    """Return the seconds of one answer."""
    start = time.perf_counter()
    ask(text)
    return time.perf_counter() - start


def report(suite: Suite, timing: Timing, repeats: int) -> None:
    """Print a line per peer for hot and for cold."""
    for hot, times in ((True, timing.hot), (False, timing.cold)):
        for peer, what in PEERS.items():
            if peer not in times:
                continue
            emit(
                Line(
                    name=f"query.{suite.name}.{timing.question.name}",
                    value=times["limnograph"] * 1e3,
                    unit="ms",
                    peer=what,
                    peer_value=times[peer] * 1e3,
                    conditions={"hot": hot, "best_of": repeats if hot else 2, "rows": suite.rows},
                )
            )


def summarize(suite: Suite, timings: Sequence[Timing]) -> None:
    """Print geometric means of the ratios, and the worst ratio with its question."""
    if not timings:
        return
    peers: list[Engine] = [peer for peer in PEERS if peer in timings[0].hot]
    columns: dict[str, list[Engine]] = {peer: [peer] for peer in peers} | {"better peer": peers}
    for what, of in columns.items():
        for hot in (True, False):
            ratios = {timing.question.name: timing.ratio(of, hot=hot) for timing in timings}
            worst = max(ratios, key=lambda name: ratios[name])
            state = "hot" if hot else "cold"
            emit(
                Line(
                    name=f"query.{suite.name}.geomean_{state}",
                    value=geomean(ratios.values()),
                    unit="ratio",
                    peer=what,
                    peer_value=1.0,
                    conditions={
                        "worst": worst,
                        "worst_ratio": round(ratios[worst], 2),
                        "median": round(median(ratios.values()), 2),
                        "questions": len(ratios),
                    },
                )
            )


def front_end(suite: Suite, questions: Sequence[Question], duckdb: Ask) -> None:
    """Print how long a text takes to become a plan, the median of the questions."""
    ours: list[float] = []
    theirs: list[float] = []
    for question in questions:
        text = suite.text("limnograph", question)
        explain = f"EXPLAIN {suite.text('duckdb', question)}"
        ours.append(min(seconds(suite.plan, text) for _ in range(PLANNED)))
        theirs.append(min(seconds(duckdb, explain) for _ in range(PLANNED)))
    if not questions:
        return
    emit(
        Line(
            name=f"query.{suite.name}.front_end",
            value=median(ours) * 1e3,
            unit="ms",
            peer=f"{PEERS['duckdb']}: EXPLAIN of the same texts",
            peer_value=median(theirs) * 1e3,
            conditions={
                "worst": questions[ours.index(max(ours))].name,
                "worst_ms": round(max(ours) * 1e3, 1),
                "questions": len(questions),
            },
        )
    )


def geomean(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    return math.exp(math.fsum(logs := [math.log(value) for value in values]) / len(logs))
