"""Every key that the lake writes, named in one place."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType
from uuid import UUID

SLICE_WIDTH = timedelta(hours=1)
"""One hour of insert time, UTC: the unit of materialization and of a Dagster partition."""

HOURS_OF_DAY = 24
MERGED_DAY = "day"
"""What the ``slice`` partition column says of files with rows of several hours of a day."""

SEGMENTS_PREFIX = "segments/"
STAGED_PREFIX = "staged/"
TABLES_PREFIX = "tables/"
EPOCHS_PREFIX = "epochs/"

Generation = NewType("Generation", int)
"""
The number, never negative, under which a table records who built a slice: a view as it was, with
its columns and its meaning. Another number, another build; they have no order.
"""

_GENERATION_MARK = "@v"


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """
    One hour of insert time of one view; of one process where the view is kept per process.

    Hours are what is covered, built and rebuilt. A *merged day* is a place for files only: those
    with rows of several hours of a day, each row with its hour.

    Attributes:
        start: The hour, timezone-aware UTC, with zero minutes.
        process_id: Lower-case hyphenated UUID for per-process views, else "".
        is_day: It is a merged day, which starts at midnight.
    """

    start: datetime
    process_id: str = ""
    is_day: bool = False

    def __post_init__(self) -> None:
        start = self.start
        assert start.tzinfo is UTC, "a slice starts at a UTC hour"
        assert (start.minute, start.second, start.microsecond) == (0, 0, 0), "a slice is an hour"
        assert not (self.is_day and start.hour), "a merged day starts at midnight"

    @classmethod
    def containing(cls, time: datetime, process_id: str = "") -> "Slice":
        """Return the slice that an insert time (any timezone) falls into."""
        utc = time.astimezone(UTC)
        return cls(utc.replace(minute=0, second=0, microsecond=0), process_id)

    @property
    def end(self) -> datetime:
        """The first instant after the slice."""
        return self.start + SLICE_WIDTH * (HOURS_OF_DAY if self.is_day else 1)

    @property
    def day(self) -> "Slice":
        """The merged day that its rows may be in."""
        return Slice(self.start.replace(hour=0), self.process_id, is_day=True)

    @property
    def hours(self) -> "tuple[Slice, ...]":
        """The hours of a merged day; of an hour, itself."""
        if not self.is_day:
            return (self,)
        starts = (self.start + SLICE_WIDTH * hour for hour in range(HOURS_OF_DAY))
        return tuple(Slice(start, self.process_id) for start in starts)

    @property
    def date(self) -> str:
        """Value of the ``date`` partition column, ``2026-11-22``."""
        return self.start.strftime("%Y-%m-%d")

    @property
    def hour(self) -> str:
        """Value of the ``slice`` partition column, ``17``; of a merged day, ``day``."""
        return MERGED_DAY if self.is_day else self.start.strftime("%H")

    def app_id(self, generation: Generation) -> str:
        """
        Name of the Delta app transaction that carries this slice's coverage.

        The view's generation is part of it: each one's coverage stands for itself.
        """
        return f"{self.owner_id}{_GENERATION_MARK}{generation}"

    @property
    def owner_id(self) -> str:
        """Name of the Delta app transaction that says which generation built the slice."""
        prefix = f"{self.process_id}/" if self.process_id else ""
        return f"{prefix}{self.date}T{self.hour}"

    @classmethod
    def from_app_id(cls, app_id: str) -> "tuple[Slice, Generation]":
        """
        Return the slice and the generation that ``app_id`` was made from.

        Raises:
            ValueError: It is not the name of a slice's coverage.
        """
        owner_id, mark, number = app_id.rpartition(_GENERATION_MARK)
        process_id, _, hour = owner_id.rpartition("/")
        if not mark or len(hour) != len("2026-11-22T17"):
            raise ValueError(f"not the coverage of a slice: {app_id!r}")
        start = datetime.fromisoformat(hour).replace(tzinfo=UTC)
        return cls(start, process_id), Generation(int(number))


def segment_key(segment_id: UUID, time: datetime) -> str:
    """Return the object key of a segment written at *time*."""
    return f"{SEGMENTS_PREFIX}{time.astimezone(UTC):%Y/%m/%d/%H}/{segment_id}.seg"


def segments_prefix(day: datetime) -> str:
    """Return the prefix of the segments written on a UTC day."""
    return f"{SEGMENTS_PREFIX}{day.astimezone(UTC):%Y/%m/%d}/"


def segment_id_of(key: str) -> str:
    """Return the id of the segment that is kept under *key*; "" when it is no segment's key."""
    name = key.rpartition("/")[2].removesuffix(".seg")
    try:
        return str(UUID(name))
    except ValueError:
        return ""


def staged_key(object_id: UUID) -> str:
    """Return the key of an object with payloads that wait for their blocks."""
    return f"{STAGED_PREFIX}{object_id}"


def table_key(view_name: str) -> str:
    """Return the key prefix of a view's Delta table."""
    return f"{TABLES_PREFIX}{view_name}"


def lookups_key(view_name: str) -> str:
    """Return the prefix of the Bloom filters of a table's files; other readers pass over it."""
    return f"{table_key(view_name)}/_lookups"


def probe_key(probe_id: UUID) -> str:
    """Return the key that the start-up probe of the object store writes and deletes."""
    return f"probe/{probe_id}"


def epoch_key(epoch: int) -> str:
    """Return the key that claims an epoch of the metadata for one lake database."""
    return f"{EPOCHS_PREFIX}{epoch:05d}"
