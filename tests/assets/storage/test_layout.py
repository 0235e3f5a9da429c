"""Names of keys and of coverage: stable, readable back, the same in every timezone."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from assets.storage.layout import Slice, epoch_key, probe_key, segment_key, table_key

NIGHT = Slice(datetime(2026, 11, 22, 7, tzinfo=UTC))
PROCESS = "aaaaaaaa-0000-4000-8000-000000000000"


def test_a_slice_is_the_utc_hour_of_any_time() -> None:
    """
    The zone of the time given does not matter; the hour has two digits.
    """
    zone = timezone(timedelta(hours=-5))
    inside = datetime(2026, 11, 22, 2, 59, 59, 999_999, zone)
    assert Slice.containing(inside) == NIGHT
    assert (NIGHT.date, NIGHT.hour, NIGHT.end.hour) == ("2026-11-22", "07", 8)


@pytest.mark.parametrize("slice_", [NIGHT, Slice(NIGHT.start, PROCESS)])
def test_the_coverage_of_a_slice_is_read_back_from_its_name(slice_: Slice) -> None:
    """
    app_id and from_app_id are each other's inverse; the owner's name is without the version.
    """
    assert Slice.from_app_id(slice_.app_id(12)) == (slice_, 12)
    assert slice_.app_id(12) == f"{slice_.owner_id}@v12"


@pytest.mark.parametrize("name", ["", "2026-11-22T07", "2026-11-22@v1", "2026-11-22T07@vX"])
def test_other_names_are_no_coverage(name: str) -> None:
    """
    A transaction of another program is not taken for ours.
    """
    with pytest.raises(ValueError, match=r".+"):
        Slice.from_app_id(name)


def test_keys_are_what_the_format_pages_say() -> None:
    """
    Readers of the bucket depend on these.
    """
    some = UUID("01890000-0000-7000-8000-000000000000")
    assert segment_key(some, NIGHT.start) == f"segments/2026/11/22/07/{some}.seg"
    assert table_key("log_entries") == "tables/log_entries"
    assert probe_key(some) == f"probe/{some}"
    assert epoch_key(3) == "epochs/00003"
