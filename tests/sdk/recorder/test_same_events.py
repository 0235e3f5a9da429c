"""The recorder in C against the one in Python: the same calls become the same rows."""

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limnograph import Limits
from limnograph.recorder import counters, gauges, logs, metrics, state
from limnograph.recorder.draining import drain
from limnograph.wire.container import Clock
from tests.sdk.arrow_reading import read

NATIVE: Any = pytest.importorskip("limnograph._recorder")
ROWS_MAX = 1 << 20


class Shown:
    """Has the text that it is given."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.text}>"


class Silent:
    """Has no text."""

    def __str__(self) -> str:
        raise LookupError("no text")

    __repr__ = __str__


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    """Both recorders record, nobody sends."""
    state.start(6, Limits(), lambda _urgent: None)
    NATIVE.start(6, ROWS_MAX, 1 << 30, None, None)
    rows_in_python(), rows_in_c()
    yield
    state.stop()
    NATIVE.stop()
    rows_in_python(), rows_in_c()


def rows(kind: str, payload: bytes) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a block without their times; a float by its text, so that NaN is NaN."""
    content = read(payload)
    columns = dict(content["columns"])
    columns.setdefault("properties", [[]] * content["rows"])
    columns.pop("time")
    for row in zip(*columns.values(), strict=True):
        fields = dict(zip(columns, row, strict=True))
        site = content["sites"][fields.pop("site")]
        properties = tuple(sorted(dict(fields.pop("properties")).items()))
        yield (kind, tuple(site.items()), properties, tuple(map(repr, fields.values())))


def rows_in_python() -> list[tuple[Any, ...]]:
    """Return what the recorder in Python has."""
    found: list[tuple[Any, ...]] = []
    for block in drain(Clock(1_000_000_000, 0, 0)):
        found += rows(block.source.kind, block.payload)
    return found


def rows_in_c() -> list[tuple[Any, ...]]:
    """Return what the recorder in C has."""
    found: list[tuple[Any, ...]] = []
    for block in NATIVE.drain(time.monotonic_ns(), time.time_ns()):
        found += rows(block[0], block[5])
        NATIVE.settle(block[-1])
    return found


CHARACTERS = st.one_of(st.characters(), st.sampled_from("aäß日🎈\0\n'\"\\%\ud800\udfff"))
TEXTS = st.text(CHARACTERS, max_size=8)
SCALARS = st.one_of(
    st.integers(-(2**64), 2**64),
    st.sampled_from([2**30, 2**60, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40]),
    st.floats(), st.booleans(), st.none(), TEXTS, st.binary(max_size=4),
)  # fmt: skip
VALUES = st.one_of(
    SCALARS, SCALARS, TEXTS.map(Shown), st.builds(Silent), st.lists(SCALARS, max_size=2)
)
PIECES = st.one_of(
    TEXTS.map(lambda text: text.replace("%", "%%")),
    st.from_regex(r"%[-+ 0#]{0,2}[0-9]{0,2}(\.[0-9]{1,2})?[diouxXeEfFgGcrsa%]", fullmatch=True),
    st.sampled_from(["%s", "%d", "%r", "%s", "%(a)s", "%q", "%", "%*d", "%5.1f", "%x", "%c"]),
)
TEMPLATES = st.lists(PIECES, max_size=4).map("".join)
KEYS = st.from_regex(r"[a-zä_][a-z0-9_]{0,5}", fullmatch=True).filter(
    lambda key: (
        key not in {"as", "if", "in", "is", "or", "def", "del", "for", "not", "try", "and"}
        and not key.startswith("__")
        and key.isidentifier()
    )
)


def called(log: Any, template: str, args: list[Any], properties: Mapping[str, Any]) -> None:
    """Log three times, twice from constants of code made for it, once from variables."""
    names = {f"v{at}": value for at, value in enumerate([*args, *properties.values()])}
    given = [*names][: len(args)]
    given += [f"{key}={name}" for key, name in zip(properties, [*names][len(args) :], strict=True)]
    source = f"for _ in range(2):\n    log.info({', '.join([repr(template), *given])})"
    exec(compile(source, "made.py", "exec"), {**names, "log": log, "__name__": "made"})
    log.info(template, *args, **properties)


@given(TEMPLATES, st.lists(VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=4))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_log_calls_become_the_same_rows(
    template: str, args: list[Any], properties: dict[str, Any]
) -> None:
    """
    Template, message, properties and place, from constants and from variables.
    """
    for log in (logs.LOG, NATIVE.LOG):
        called(log, template, args, properties)
    assert rows_in_c() == rows_in_python()


@given(
    st.tuples(TEXTS, st.integers(0, 3), TEXTS), TEMPLATES,
    st.one_of(st.lists(VALUES, max_size=3).map(tuple), st.dictionaries(st.just("a"), SCALARS)),
    st.dictionaries(TEXTS, VALUES, max_size=3),
)  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_events_of_other_libraries_become_the_same_rows(
    location: tuple[str, int, str], msg: str, args: Any, properties: dict[str, Any]
) -> None:
    """
    A second message of the same place takes its name away in both.
    """
    for record in (logs.record_foreign, NATIVE.record_foreign):
        record(4, location, msg, args, dict(properties))
        record(3, location, msg, args, {})
        record(2, location, "another", (), {"span": 1})
    assert rows_in_c() == rows_in_python()


NUMBERS = st.one_of(
    SCALARS, st.sampled_from(["1.5", " 2 ", "x", Silent(), Shown("3"), [], math.inf, 10**400])
)


@given(st.lists(st.tuples(NUMBERS, st.dictionaries(KEYS, VALUES, max_size=2)), max_size=5))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_metrics_become_the_same_rows(values: list[tuple[Any, dict[str, Any]]]) -> None:
    """
    What is a number, and what is none.
    """
    place = ("values", "ms", "made", "made.py", 7)
    pairs = ((metrics.Metric(*place), state), (NATIVE.Metric(*place), NATIVE))
    failed = []
    for made, counts in pairs:
        before = counts.failures()
        for value, properties in values:
            made.record(value, **properties)
            made.record(value, shop=1, name="x")
        failed.append(counts.failures() - before)
    assert rows_in_c() == rows_in_python()
    assert failed[0] == failed[1]


CHANGES = st.tuples(
    st.sampled_from(["inc", "add", "set", "more"]), NUMBERS,
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=2), st.booleans(),
)  # fmt: skip
PLACE = ("made", "1", "made", "made.py", 7)
IN_PYTHON = (counters.Counter(*PLACE), gauges.Gauge(*PLACE))
IN_C = (NATIVE.Counter(*PLACE), NATIVE.Gauge(*PLACE))


@given(st.lists(CHANGES, max_size=8))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counters_and_gauges_become_the_same_rows(changes: list[Any]) -> None:
    """
    Sums, last values, labels, and what cannot be counted.
    """
    failed = []
    for (counter, gauge), counts in ((IN_PYTHON, state), (IN_C, NATIVE)):
        before = counts.failures()
        for what, number, labels, as_labels in changes:
            made: Any = counter if what in {"inc", "add"} else gauge
            name = "add" if what == "more" else what
            if as_labels:
                getattr(made.labels(**labels), name)(number)
            else:
                getattr(made, name)(number, **labels)
        failed.append(counts.failures() - before)
    assert sorted(rows_in_c()) == sorted(rows_in_python())
    assert failed[0] == failed[1]
