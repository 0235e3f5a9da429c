"""What was sent and acknowledged, and whether an answer agrees with it."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

import pyarrow as pa

TAGS = ("log", "metrics")
ANSWERS = {"log": "SELECT msg FROM log_entries", "metrics": "SELECT value FROM measures"}
"""For each tag the query whose answer is one row with the mark of each event."""


def marks_in(answer: pa.Table) -> list[str]:
    """Return the marks of an answer, as text."""
    return [str(mark if isinstance(mark, str) else int(mark)) for mark in answer[0].to_pylist()]


class Account:
    """Marks by tag: sent at some time, and acknowledged; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: dict[str, set[str]] = {tag: set() for tag in TAGS}
        self._acknowledged: dict[str, set[str]] = {tag: set() for tag in TAGS}

    def sent(self, tag: str, marks: Iterable[str]) -> None:
        """Note what may appear from now on."""
        with self._lock:
            self._sent[tag].update(marks)

    def acknowledged(self, tag: str, marks: Iterable[str]) -> None:
        """Note what must appear in every query that begins from now on."""
        with self._lock:
            self._acknowledged[tag].update(marks)

    def acknowledged_now(self, tag: str) -> frozenset[str]:
        """Return the marks that a query beginning now must return."""
        with self._lock:
            return frozenset(self._acknowledged[tag])

    def check(self, tag: str, before: frozenset[str], answer: Iterable[str]) -> None:
        """
        Assert that *answer* has all of *before*, nothing twice, and nothing never sent.

        Raises:
            AssertionError: With how many marks are lost, doubled or invented, and a few of them.
        """
        found = Counter(answer)
        with self._lock:
            invented = found.keys() - self._sent[tag]
        lost = before - found.keys()
        doubled = [mark for mark, times in found.items() if times > 1]
        assert not lost, f"{tag}: {len(lost)} acknowledged events lost, e.g. {sorted(lost)[:5]}"
        assert not doubled, f"{tag}: {len(doubled)} events doubled, e.g. {sorted(doubled)[:5]}"
        assert not invented, f"{tag}: {len(invented)} events nobody sent: {sorted(invented)[:5]}"
