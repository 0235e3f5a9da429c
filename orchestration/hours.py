"""Dagster's hourly partition keys and the lake's slices: the same hours in two notations."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import dagster as dg

from assets.storage.layout import SLICE_WIDTH, Slice

KEY_FORMAT = "%Y-%m-%d-%H:%M"
"""Dagster's own format of an hourly key."""


def hourly_partitions(first_hour: datetime) -> dg.HourlyPartitionsDefinition:
    """Return the hours of insert time from *first_hour* to the current one, which is included."""
    return dg.HourlyPartitionsDefinition(
        start_date=first_hour, end_offset=1, timezone="UTC", fmt=KEY_FORMAT
    )


def key_of(hour: datetime) -> str:
    """Return the partition key of a UTC hour."""
    return hour.astimezone(UTC).strftime(KEY_FORMAT)


def slice_of(key: str) -> Slice:
    """
    Return the slice that a partition key names.

    Raises:
        ValueError: The key is not an hourly key.
    """
    return Slice(datetime.strptime(key, KEY_FORMAT).replace(tzinfo=UTC))


def contiguous(hours: Iterable[datetime]) -> list[list[datetime]]:
    """Return the hours as stretches without a gap, in ascending order."""
    stretches: list[list[datetime]] = []
    for hour in sorted(set(hours)):
        if stretches and hour - stretches[-1][-1] == SLICE_WIDTH:
            stretches[-1].append(hour)
        else:
            stretches.append([hour])
    return stretches


def pieces(stretch: Sequence[datetime], hours_max: int) -> list[list[datetime]]:
    """Cut a stretch into pieces of at most *hours_max* hours."""
    return [list(stretch[i : i + hours_max]) for i in range(0, len(stretch), hours_max)]


def spans(hours: Iterable[datetime], hours_max: int) -> list[tuple[datetime, datetime]]:
    """
    Return few ranges, each with its first and its last hour, that hold all *hours*.

    None is longer than *hours_max*; hours that nobody asked for may lie in one, never at its ends.
    """
    found: list[tuple[datetime, datetime]] = []
    for hour in sorted(set(hours)):
        if found and hour - found[-1][0] < hours_max * SLICE_WIDTH:
            found[-1] = (found[-1][0], hour)
        else:
            found.append((hour, hour))
    return found
