"""Prepared statements over Flight SQL, with a plain pyarrow client."""

import pyarrow as pa
import pyarrow.flight as fl
import pytest

from query_engine.flight.limits import BIND_BYTES_MAX, BIND_ROWS_MAX
from query_engine.flight.proto import pack_any
from tests.query_engine.flight.calls import act, any_ticket, ask, bind, headers, prepare, prepared


def schema_of(data):
    """Return the schema of an IPC stream."""
    return pa.ipc.open_stream(data).schema


def test_a_prepared_statement_tells_rows_and_parameters(client):
    """
    Both schemas come as whole IPC streams; nothing was run.
    """
    made = prepare(client, "SELECT n, name FROM numbers WHERE name = $2 AND n > $1")
    assert schema_of(made.data(2)) == pa.schema([("n", pa.int64()), ("name", pa.utf8())])
    assert schema_of(made.data(3)) == pa.schema([("1", pa.int64()), ("2", pa.utf8())])


def test_a_statement_without_parameters_needs_no_values(client):
    """
    Its handle is its text, for clients that send it back as SQL.
    """
    sql = "SELECT n FROM numbers WHERE n < 3"
    handle = prepare(client, sql).text(1)
    assert handle.startswith(sql + " /*ps:")
    assert ask(client, prepared(handle)).to_pydict() == {"n": [0, 1, 2]}
    assert client.do_get(any_ticket(handle)).read_all().to_pydict() == {"n": [0, 1, 2]}
    assert client.do_get(fl.Ticket(handle.encode())).read_all().to_pydict() == {"n": [0, 1, 2]}


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT n FROM numbers WHERE n > ? AND name <> ?", {"0": [7], "1": ["n8"]}),
        ("SELECT n FROM numbers WHERE name <> $2 AND n > $1", {"0": [7], "1": ["n8"]}),
        ("SELECT n FROM numbers WHERE n > :a AND name <> :b", {"x": [7], "y": ["n8"]}),
        ("SELECT n FROM numbers WHERE n > :a AND name <> :b", {"b": ["n8"], "a": [7]}),
    ],
)
def test_values_are_bound_by_order_or_by_name(client, sql, values):
    """
    The same names count as names, anything else in its order; the answer is the same handle.
    """
    handle = prepare(client, sql).text(1)
    assert bind(client, handle, pa.table(values)) == handle
    assert ask(client, prepared(handle)).to_pydict() == {"n": [9]}
    assert client.do_get(fl.Ticket(prepared(handle).command)).read_all().num_rows == 1


def test_each_row_of_values_is_asked_in_order(client, engine):
    """
    The results follow one another; a limit counts all of them, and nothing is left behind.
    """
    handle = prepare(client, "SELECT n, ? AS x FROM numbers WHERE n < ?").text(1)
    bind(client, handle, pa.table({"a": [1.5, None, 2.5], "b": [2, 1, 2]}))
    rows = ask(client, prepared(handle)).to_pydict()
    assert rows == {"n": [0, 1, 0, 0, 1], "x": [1.5, 1.5, None, 2.5, 2.5]}
    assert ask(client, prepared(handle), headers(limit="3")).to_pydict()["n"] == [0, 1, 0]
    assert len(engine.stops) == 0


def union(*values):
    """Return values that each say their type, as flightsql-dbapi sends them."""
    types = {int: pa.int64(), float: pa.float64(), str: pa.utf8()}
    children = {kind: [value for value in values if type(value) is kind] for kind in types}
    offsets, seen = [], dict.fromkeys(types, 0)
    for value in values:
        offsets.append(seen[type(value)])
        seen[type(value)] += 1
    return pa.UnionArray.from_dense(
        pa.array([list(types).index(type(value)) for value in values], pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(children[kind], dtype) for kind, dtype in types.items()],
    )


def test_values_that_say_their_types_themselves_are_bound(client):
    """
    A column of a union is of the type that all its values are of.
    """
    handle = prepare(client, "SELECT n, ? AS x FROM numbers WHERE name = ?").text(1)
    bind(client, handle, pa.table({"a": union(0.5), "b": union("n3")}))
    assert ask(client, prepared(handle)).to_pydict() == {"n": [3], "x": [0.5]}
    bind(client, handle, pa.table({"a": union(1, 2), "b": union("n3", "n4")}))
    assert ask(client, prepared(handle)).to_pydict() == {"n": [3, 4], "x": [1, 2]}
    with pytest.raises(pa.ArrowInvalid, match="the parameter 1 has the type dense_union"):
        bind(client, handle, pa.table({"a": union(1, 0.5), "b": union("n3", "n4")}))
    bind(client, handle, pa.table({"a": union(1), "b": union("n3")}).slice(1))
    assert ask(client, prepared(handle)).num_rows == 0


def test_rows_of_no_values_have_no_result(client):
    """
    An empty upload is not the same as none.
    """
    handle = prepare(client, "SELECT n FROM numbers WHERE n < ?").text(1)
    bind(client, handle, pa.table({"a": pa.array([], pa.int64())}))
    assert ask(client, prepared(handle)).num_rows == 0


def test_values_may_be_bound_again(client):
    """
    The last ones count; two statements of one text do not know each other.
    """
    one, other = (prepare(client, "SELECT n FROM numbers WHERE n = ?").text(1) for _ in range(2))
    bind(client, one, pa.table({"a": [1]}))
    bind(client, other, pa.table({"a": [5]}))
    bind(client, one, pa.table({"a": [2]}))
    assert ask(client, prepared(one)).to_pydict() == {"n": [2]}
    assert ask(client, prepared(other)).to_pydict() == {"n": [5]}


def test_a_forgotten_statement_still_runs_and_its_values_are_asked_for_again(client, engine):
    """
    Another server behind the same balancer, or this one after a restart, has no statements.
    """
    plain = prepare(client, "SELECT n FROM numbers").text(1)
    asking = prepare(client, "SELECT n FROM numbers WHERE n = ?").text(1)
    bind(client, asking, pa.table({"a": [1]}))
    for handle in (plain, asking):
        act(
            client,
            "ClosePreparedStatement",
            pack_any("ActionClosePreparedStatementRequest", {1: handle}),
        )
    assert len(engine.statements) == 0
    assert ask(client, prepared(plain)).num_rows == 10
    with pytest.raises(pa.ArrowInvalid, match="no values are bound to the parameters 1; bind"):
        client.do_get(fl.Ticket(prepared(asking).command)).read_all()
    bind(client, asking, pa.table({"a": [3]}))
    assert ask(client, prepared(asking)).to_pydict() == {"n": [3]}


@pytest.mark.parametrize(
    "handle",
    ["SELECT 1", "", "SELECT 1 /*ps:no*/", "SELECT 1 /*q:00000000-0000-0000-0000-000000000000*/"],
)
def test_what_is_no_handle_is_not_found(client, handle):
    """
    Only handles of a service like this one name statements.
    """
    for call in (
        lambda: client.get_flight_info(prepared(handle)),
        lambda: client.do_get(fl.Ticket(prepared(handle).command)).read_all(),
        lambda: bind(client, handle, pa.table({"a": [1]})),
    ):
        with pytest.raises(KeyError, match="no such prepared statement"):
            call()


def test_a_handle_whose_text_was_exchanged_is_not_found(client):
    """
    The values of one text are never bound to another.
    """
    handle = prepare(client, "SELECT n FROM numbers WHERE n = ?").text(1)
    with pytest.raises(KeyError, match="no such prepared statement"):
        client.get_flight_info(prepared(handle.replace("n = ?", "n > ?")))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pa.table({"a": [1], "b": [2]}), "is 2, the statement has the parameters 1"),
        (pa.table({"a": [{"x": 1}]}), "the parameter 1 has the type struct"),
        (pa.table({"a": ["x"]}), "bigint"),
        (pa.table({"a": range(BIND_ROWS_MAX + 1)}), "BIND_ROWS_MAX"),
        (pa.table({"a": [b"x" * BIND_BYTES_MAX + b"y"]}), "BIND_BYTES_MAX"),
    ],
    ids=["columns", "struct", "text", "rows", "bytes"],
)
def test_values_that_do_not_fit_are_refused_when_they_are_bound(client, values, text):
    """
    The earlier values stay.
    """
    handle = prepare(client, "SELECT n FROM numbers WHERE n = ?").text(1)
    bind(client, handle, pa.table({"a": [1]}))
    with pytest.raises(pa.ArrowInvalid, match=text):
        bind(client, handle, values)
    assert ask(client, prepared(handle)).to_pydict() == {"n": [1]}


def test_transactions_updates_and_plans_are_refused_with_what_to_do(client):
    """
    UNIMPLEMENTED, in one sentence.
    """
    in_transaction = pack_any("ActionCreatePreparedStatementRequest", {1: "SELECT 1", 2: b"t"})
    for name, body in [
        ("CreatePreparedStatement", in_transaction),
        ("BeginTransaction", pack_any("ActionBeginTransactionRequest", {})),
        ("EndTransaction", pack_any("ActionEndTransactionRequest", {1: b"t", 2: 1})),
        ("BeginSavepoint", b""),
        ("EndSavepoint", b""),
    ]:
        with pytest.raises(NotImplementedError, match="autocommit"):
            act(client, name, body)
    with pytest.raises(NotImplementedError, match="send SQL"):
        act(client, "CreatePreparedSubstraitPlan", b"")


def test_a_failing_row_ends_the_result(client, engine):
    """
    The rows before it were sent; those after it do not run.
    """
    handle = prepare(client, "SELECT 10 / ? AS x").text(1)
    bind(client, handle, pa.table({"a": [5, 0, 1]}))
    reader = client.do_get(fl.Ticket(prepared(handle).command))
    assert reader.read_chunk().data.to_pydict() == {"x": [2]}
    with pytest.raises(pa.ArrowInvalid, match="query_id="):
        reader.read_all()
    assert len(engine.stops) == 0
