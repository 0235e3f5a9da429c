"""Many small reads of one object as few larger ones. Pure: what to read, and how to cut it up."""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.storage.objects.limits import COALESCE_GAP_BYTES, COALESCE_SPAN_BYTES


@dataclass(frozen=True, slots=True)
class Span:
    """
    One read.

    Attributes:
        start: First byte.
        end: First byte after it.
        members: Indices of the ranges that it answers.
    """

    start: int
    end: int
    members: tuple[int, ...]


def coalesce(ranges: Sequence[tuple[int, int]]) -> list[Span]:
    """
    Return the reads that answer all (offset, length) of *ranges*, in the order of their offsets.

    Ranges merge when the gap between them is at most ``COALESCE_GAP_BYTES`` and the read stays
    within ``COALESCE_SPAN_BYTES``; a single longer range is one read all the same. Empty ranges
    need no read.

    Raises:
        ValueError: A range starts or extends below zero.
    """
    if any(offset < 0 or length < 0 for offset, length in ranges):
        raise ValueError("a range starts at a byte of the object and has a length of 0 or more")
    spans: list[Span] = []
    wanted = sorted((ranges[i][0], i) for i in range(len(ranges)) if ranges[i][1])
    for start, index in wanted:
        end = start + ranges[index][1]
        last = spans[-1] if spans else None
        if (
            last is not None
            and start - last.end <= COALESCE_GAP_BYTES
            and max(end, last.end) - last.start <= COALESCE_SPAN_BYTES
        ):
            spans[-1] = Span(last.start, max(end, last.end), (*last.members, index))
        else:
            spans.append(Span(start, end, (index,)))
    return spans


def cut(
    ranges: Sequence[tuple[int, int]], spans: Sequence[Span], reads: Sequence[bytes]
) -> list[bytes] | None:
    """Return the bytes of every range from the *reads* of the *spans*; None if one is too short."""
    answers = [b""] * len(ranges)
    for span, read in zip(spans, reads, strict=True):
        if len(read) != span.end - span.start:
            return None
        for index in span.members:
            offset, length = ranges[index]
            answers[index] = read[offset - span.start : offset - span.start + length]
    return answers
