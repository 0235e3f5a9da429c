"""Nothing stays behind in the query service: a short form of what `benchmarks.doors` measures."""

import pytest

from benchmarks.doors.steady import MIB, left, served, some_query, watched


@pytest.mark.slow
def test_hundreds_of_queries_leave_nothing_in_memory():
    """
    Whatever the kind of query and the door; a leak of 30 KB a query is found.
    """
    with served() as (server, asks):
        first, *_, last = watched(server, 400, asks, some_query, looks=4)
    assert last.service - first.service < 9 * MIB


@pytest.mark.slow
def test_streams_that_were_left_leave_nothing_in_memory():
    """
    Each of them ended a worker, with whose memory the service is done; a slot is 4 MiB.
    """
    with served() as (server, asks):
        first, *_, last = watched(server, 45, asks, left, looks=3)
    assert last.service - first.service < 25 * MIB
