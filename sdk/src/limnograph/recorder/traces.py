"""
Ids of W3C trace context, derived from the numbers of spans when somebody asks and not before.

A span has a number in its process, and so has the outermost span that it belongs to. Mixed with
the process's random salt, the one gives the span id and the other the trace id: nothing has to be
kept per span, and asking twice gives the same answer.
"""

import os
import re
from typing import NamedTuple

_WORD = 2**64 - 1


class TraceContext(NamedTuple):
    """
    Where a piece of work stands in a trace that may span many processes.

    Attributes:
        trace_id: 32 hex digits, the same in all processes of one trace.
        span_id: 16 hex digits, the span that further work is part of.
        sampled: Whether somebody upstream keeps the trace; passed on, never obeyed.
        state: The ``tracestate`` that came with it, passed on unchanged.
    """

    trace_id: str
    span_id: str
    sampled: bool = True
    state: str = ""


class _Salt:
    """Three random words; a forked child draws its own, as its spans count on from the parent's."""

    words = (0, 0, 0)

    @classmethod
    def draw(cls) -> None:
        drawn = os.urandom(24)
        first, second, third = (int.from_bytes(drawn[at : at + 8], "big") for at in (0, 8, 16))
        cls.words = (first, second, third)


_Salt.draw()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Salt.draw)


_IDS = re.compile(r"(?!0{32})[0-9a-f]{32} (?!0{16})[0-9a-f]{16}")


def are_ids(place: TraceContext) -> bool:
    """Whether the ids are such, and not all zeros: anybody can make one of anything."""
    return _IDS.fullmatch(f"{place.trace_id} {place.span_id}") is not None


def span_id(number: int) -> str:
    """Return the span id of span *number*; nothing for 0."""
    return f"{_mixed(number ^ _Salt.words[2]) or 1:016x}" if number else ""


def trace_id(root: int) -> str:
    """Return the trace id of the spans below span *root*; nothing for 0."""
    if not root:
        return ""
    first, second, _ = _Salt.words
    return f"{_mixed(root ^ first):016x}{_mixed(root ^ second) or 1:016x}"


def remote_properties(parent: TraceContext, number: int) -> dict[str, str]:
    """Return what span *number*, whose parent is in another process, records about its trace."""
    return {
        "trace_id": parent.trace_id,
        "span_id": span_id(number),
        "parent_span_id": parent.span_id,
    }


def _mixed(word: int) -> int:
    """Return *word* with every bit depending on every bit (the finalizer of SplitMix64)."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return word ^ (word >> 31)
