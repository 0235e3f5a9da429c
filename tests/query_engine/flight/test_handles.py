"""Handles: SQL with comments behind it, which come off again as they went on."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_engine.flight.handles import Handle, opened, prepared_handle, ticket_handle
from query_engine.headers import QueryHeaders
from query_engine.sql import plan
from tests.query_engine.flight.calls import any_ticket, ask, command, headers
from tests.query_engine.sql.memory import NOW_NS, lake

NAME = str(uuid.UUID(int=7))
TIMES = st.integers(-(2**63) + 1, 2**63 - 1)
HEADERS = st.builds(
    lambda ranged, limit, preserve: QueryHeaders(*ranged, limit, preserve),
    st.one_of(st.just((None, None)), st.tuples(TIMES, TIMES)),
    st.one_of(st.none(), st.integers(0, 10**18 - 1)),
    st.booleans(),
)
TEXTS = st.one_of(
    st.text(),
    st.sampled_from(
        [f"SELECT 1 /*q:{NAME}*/", "SELECT 1 -- x", "SELECT 1;", f"x /*ps:{NAME}*/", ""]
    ),
)


@given(TEXTS, HEADERS)
def test_a_ticket_says_what_went_into_it(sql, told):
    """
    Whatever the text, be it one that ends as handles do.
    """
    handle = opened(ticket_handle(prepared_handle(sql, NAME), told))
    assert (handle.sql, handle.statement, handle.headers) == (sql, NAME, told)
    assert uuid.UUID(handle.query_id)


@pytest.mark.parametrize("sql", ["SELECT 1 AS a", "SELECT 1 AS a -- x", "SELECT 1 AS a\n;"])
def test_a_handle_is_the_same_question(sql):
    """
    For clients that send it back as SQL to a service that does not know our comments.
    """
    handle = ticket_handle(prepared_handle(sql, NAME), QueryHeaders(1, 2, 3, True))
    assert plan(handle, lake(), now_ns=NOW_NS).collect().rows() == [(1,)]


def test_the_id_that_a_call_chose_is_that_of_the_ticket():
    """
    So its client can cancel and follow what it has not asked for yet.
    """
    assert opened(ticket_handle("SELECT 1", QueryHeaders(query_id=NAME))).query_id == NAME


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 /*q:7*/",
        "SELECT 1/*q:x*/",
        f"SELECT 1 /*q:{NAME},1,2*/",
        f"/*ps:{NAME}*/ SELECT 1",
    ],
)
def test_other_comments_are_the_statements(text):
    """
    Only ours are taken off, and only at the end.
    """
    assert opened(text) == Handle(text)


def test_headers_of_the_call_come_first():
    """
    The range as a whole; dictionaries if either asked for them.
    """
    handle = Handle("SELECT 1", headers=QueryHeaders(1, 2, 3, preserve_dictionary=True))
    own = QueryHeaders(5, 6, query_id=NAME)
    assert handle.completed(own) == QueryHeaders(5, 6, 3, True, NAME)
    assert handle.completed(QueryHeaders(limit=9)) == QueryHeaders(1, 2, 9, True)


def test_a_ticket_yields_the_same_rows_wherever_it_is_taken(client, memory_tables):
    """
    Range, limit and dictionaries of GetFlightInfo count for a DoGet that says nothing.
    """
    told = headers(
        query_range_begin="1970-01-01T00:00:00Z",
        query_range_end="1970-01-01T00:00:01Z",
        limit="3",
        preserve_dictionary="true",
    )
    info = client.get_flight_info(
        command("CommandStatementQuery", {1: "SELECT name FROM numbers"}), told
    )
    table = client.do_get(info.endpoints[0].ticket).read_all()
    assert (table.schema, table.num_rows) == (info.schema, 3)
    assert memory_tables.ranges[-1].end_ns == 10**9
    assert client.do_get(info.endpoints[0].ticket, headers(limit="2")).read_all().num_rows == 2
    assert ask(client, command("CommandStatementQuery", {1: "SELECT 1"})).num_rows == 1
    assert client.do_get(any_ticket("SELECT name FROM numbers")).read_all().num_rows == 10
