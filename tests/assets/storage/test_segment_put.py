"""assets.storage.segment_put: names of segments; the rest is tested where they are written."""

import uuid

from assets.storage.segment_put import uuid7


def test_segment_ids_sort_by_time_and_are_valid_version_7() -> None:
    """
    A listing of segments is in the order in which they were written, to the millisecond.
    """
    times = [1_700_000_000_000_000_000 + step * 1_000_000 for step in range(100)]
    ids = [uuid7(time_ns) for time_ns in times]
    assert ids == sorted(ids)
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, uuid.RFC_4122)}
    assert ids[0].int >> 80 == 1_700_000_000_000
    assert len({uuid7(times[0]) for _ in range(1_000)}) == 1_000
