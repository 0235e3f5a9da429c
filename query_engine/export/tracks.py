"""Spans as slices of tracks: one track for each lane of a group."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import orjson
import polars as pl

from query_engine.export.ids import uuid_of
from query_engine.export.lanes import Arrow, Group, Passage, Spans
from query_engine.export.limits import ATTRIBUTES_MAX, TEXT_CHARS_MAX
from query_engine.export.order import sorted_places
from query_engine.export.parts import Departure, Departures, Kind, Part, Place, Slices, Track

_KIND = ("name", "target", "filename", "line", "open", "own")


@dataclass(slots=True)
class Tracks:
    """
    The tracks of one group of spans.

    Attributes:
        first: Track of the first lane; it was told already.
    """

    first: Track
    _group: Group = field(default_factory=Group)
    _lanes: list[int] = field(default_factory=list)

    def take(self, rows: pl.DataFrame, until: int) -> Iterator[Part]:
        """
        Yield the parts of a piece, which follows those before it.

        Args:
            rows: Spans (``process.SPAN_COLUMNS``, ``attributes``, perhaps ``facts``); a NULL end is
                not known yet.
            until: Those are drawn until then, Unix ns.
        """
        spans, kinds = _spans_of(rows, until)
        yield from self._parts(self._group.take(spans), kinds)

    def finish(self) -> Iterator[Part]:
        """Yield the ends of spans that are still open."""
        yield from self._parts(self._group.finish(), ())

    def _parts(self, passages: Iterable[Passage], kinds: Sequence[Kind]) -> Iterator[Part]:
        arrivals: dict[int, int] = {}
        for passage in passages:
            arrows, self._group.arrows = self._group.arrows, []
            needed = max([passage.lane, *(arrow.lane for arrow in arrows)])
            while len(self._lanes) <= needed:
                yield from self._another_lane()
            if arrows:
                arrivals |= {arrow.child: self._flow(arrow) for arrow in arrows}
                yield Departures(
                    [Departure(self._lanes[a.lane], a.time, arrivals[a.child]) for a in arrows]
                )
            if len(passage.marks.span):
                track = self._lanes[passage.lane]
                yield Slices(track, passage.spans, passage.marks, kinds, arrivals)

    def _another_lane(self) -> Iterator[Part]:
        """Introduce the next lane; the first one is the track itself."""
        number = len(self._lanes)
        if number == 0:
            self._lanes.append(self.first.uuid)
            return
        uuid = uuid_of(f"lane {number}", self.first.uuid)
        self._lanes.append(uuid)
        name = f"{self.first.name} ({number + 1})"
        yield Track(uuid, self.first.process, self.first.uuid, name)

    def _flow(self, arrow: Arrow) -> int:
        return uuid_of(f"flow {arrow.child}", self.first.uuid)


def cut(text: str) -> str:
    """Return a text as far as exports show it."""
    return text if len(text) <= TEXT_CHARS_MAX else text[: TEXT_CHARS_MAX - 1] + "…"


def _spans_of(rows: pl.DataFrame, until: int) -> tuple[Spans, list[Kind]]:
    """Return the spans of a window in the order of lanes, and what their kinds look like."""
    said_nothing = pl.col("facts").is_null() if "facts" in rows.columns else pl.lit(value=True)
    plain = (pl.col("attributes").map.len().fill_null(0) == 0) & said_nothing
    own = pl.when(plain).then(-1).otherwise(pl.int_range(pl.len()))
    end = pl.max_horizontal(pl.col("end").fill_null(until), "begin")
    rows = rows.with_columns(own.alias("own"), end, pl.col("end").is_null().alias("open"))
    firsts = rows.unique(_KIND, keep="first", maintain_order=True).with_row_index("kind")
    numbers = rows.join(
        firsts.select(*_KIND, "kind"), on=_KIND, how="left", nulls_equal=True, maintain_order="left"
    )["kind"].cast(pl.Int64())
    kinds = [
        Kind(name or "", target or "", _place(filename, line, name), _told(given, *facts), is_open)
        for name, target, filename, line, is_open, _, given, *facts in firsts.select(
            *_KIND, "attributes", pl.col("^facts$")
        ).iter_rows()
    ]
    columns = (rows["id"], rows["parent"], rows["begin"], rows["end"], numbers)
    spans = Spans(*(column.to_numpy() for column in columns))
    return spans.at(sorted_places(spans.begin, spans.end, spans.number)), kinds


def _place(filename: str | None, line: int | None, name: str | None) -> Place | None:
    return Place(filename, line or 0, name or "") if filename else None


def _told(
    given: dict[str, str | None] | None, facts: Mapping[str, object] | None = None
) -> tuple[tuple[str, str], ...]:
    """Return what is known of a span, and its attributes, as far as they are shown."""
    shown = islice((given or {}).items(), ATTRIBUTES_MAX)
    own = {
        key: value if isinstance(value, str) else orjson.dumps(value).decode()
        for key, value in (facts or {}).items()
        if value is not None and value != []
    }
    return tuple((key, cut(value or "")) for key, value in (*own.items(), *shown))
