"""Random spans, as applications nest them and as broken clocks do."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Span:
    """One span; times in ns."""

    id: int
    parent: int
    begin: int
    end: int
    name: str


def nested(random: Random, count: int) -> list[Span]:
    """Return spans that lie within their parents and do not overlap their siblings."""
    spans: list[Span] = []

    def add(parent: int, begin: int, end: int) -> None:
        if len(spans) == count:
            return
        own = Span(len(spans) + 1, parent, begin, end, random.choice("abcd;"))
        spans.append(own)
        at = begin
        while at < end and random.random() < 0.7:
            first = random.randint(at, end)
            last = random.randint(first, end)
            add(own.id, first, last)
            at = last

    at = 0
    while len(spans) < count:
        last = at + random.randint(0, 100)
        add(0, at, last)
        at = last
    random.shuffle(spans)
    return spans


def tangled(random: Random, count: int) -> list[Span]:
    """Return spans of any times, some with parents that are missing."""
    spans = []
    for number in range(1, count + 1):
        begin = random.randint(0, 60)
        parent = random.choice([0, random.randint(1, number), 10_000 + number])
        parent = 0 if parent == number else parent
        spans.append(
            Span(number, parent, begin, begin + random.randint(0, 40), random.choice("abc"))
        )
    random.shuffle(spans)
    return spans
