"""The Flight door under garbage and clients that leave: clean errors, nothing left behind."""

import contextlib
import gc
import itertools

import pyarrow as pa
import pyarrow.flight as fl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.errors import LakeError
from query_engine.cancel import CancelToken
from query_engine.flight import dispatch
from query_engine.flight.actions.catalog import ACTIONS
from query_engine.flight.commands.catalog import COMMANDS
from query_engine.flight.live_call import LiveCall
from query_engine.flight.proto import NotProtobuf, pack_any, pack_fields, parse_message
from query_engine.flight.request import Call, Upload
from query_engine.headers import QueryHeaders
from query_engine.limits import REQUEST_BYTES_MAX
from tests.query_engine.flight.calls import act, any_ticket, ask, bind, prepare, prepared, until

ABORTED = 24
CALL = Call(QueryHeaders(), "", lambda: False)
FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VALUES = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.binary(max_size=40),
)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.dictionaries(st.integers(1, 8), st.one_of(VALUES, st.lists(VALUES, max_size=4)), max_size=4)
    .filter(lambda fields: all(same_kind(value) for value in fields.values()))
    .map(pack_fields),
)
"""Bytes, and messages of fields that are mostly of the wrong kind."""


def same_kind(value):
    """Tell whether a repeated field is one."""
    return not isinstance(value, list) or len({type(one) for one in value}) <= 1


def wrapped(name, body):
    """Return the Any of a message whose bytes are *body*."""
    return pack_any(name, {}) + pack_fields({2: body})


@FUZZ
@given(name=st.sampled_from([command.name for command in COMMANDS]), body=BODIES)
def test_no_command_breaks_the_door(engine, name, body):
    """
    Whatever it carries, each RPC answers it or refuses it with an error of ours.
    """
    data = wrapped(name, body)
    upload = Upload(pa.schema([]), [])
    for call in (
        lambda: dispatch.schema_and_ticket(engine, CALL, data),
        lambda: dispatch.schema(engine, CALL, data),
        lambda: dispatch.rows(engine, CALL, data).close(),
        lambda: dispatch.put(engine, CALL, data, upload),
    ):
        with contextlib.suppress(LakeError):
            call()


@FUZZ
@given(name=st.sampled_from([action.name for action in ACTIONS]), body=BODIES)
def test_no_action_breaks_the_door(engine, name, body):
    """
    Bare, and in the Any of its request.
    """
    action = next(action for action in ACTIONS if action.name == name)
    for data in (body, wrapped(action.request, body)):
        with contextlib.suppress(LakeError):
            list(itertools.islice(dispatch.act(engine, CALL, name, data), 3))


@FUZZ
@given(body=st.binary(max_size=80))
def test_no_ticket_breaks_the_door(engine, body):
    """
    Any bytes are a command, a message, SQL or refused.
    """
    with contextlib.suppress(LakeError):
        dispatch.rows(engine, CALL, body).close()
    with contextlib.suppress(NotProtobuf):
        parse_message(body)


def test_every_request_is_bounded(client):
    """
    Tickets, commands and the bodies of actions are refused by their size.
    """
    big = b"x" * (REQUEST_BYTES_MAX + 1)
    for call in (
        lambda: client.do_get(fl.Ticket(big)).read_all(),
        lambda: client.get_flight_info(fl.FlightDescriptor.for_command(big)),
        lambda: act(client, "CreatePreparedStatement", big),
    ):
        with pytest.raises(pa.ArrowInvalid, match="the limit is"):
            call()


def nothing_left(engine):
    """Wait until no call, no query and no statement of many rows is under way."""
    until(lambda: not engine.service.running.all())
    until(lambda: engine.slots.taken == 0)
    until(lambda: len(engine.stops) == 0)


@pytest.mark.slow
def test_streams_that_clients_leave_leave_nothing(client, engine):
    """
    Before the first batch, after it, and by dropping the reader without a word.
    """
    for number in range(ABORTED):
        reader = client.do_get(any_ticket("SELECT n, m FROM many"))
        if number % 3:
            reader.read_chunk()
        if number % 2:
            reader.cancel()
        del reader
        # The service runs two queries at once and lets one wait: a leaver's slot comes back.
        until(lambda: len(engine.service.running.all()) < 2)
    nothing_left(engine)
    assert client.do_get(any_ticket("SELECT n FROM numbers")).read_all().num_rows == 10


def test_what_a_left_stream_held_is_free_without_a_garbage_collection(client, engine):
    """
    A worker's socket and shared memory do not wait for a circle of objects to be found.
    """
    gc.collect()
    # What other tests left is held meanwhile, so that its ids stay its own.
    others = {id(one): one for one in held()}
    gc.disable()
    try:
        for read in (False, True):
            reader = client.do_get(any_ticket("SELECT n, m FROM many"))
            if read:
                reader.read_chunk()
            reader.cancel()
            del reader
            nothing_left(engine)
        until(lambda: all(id(one) in others for one in held()))
    finally:
        gc.enable()


def held():
    """Return what belongs to one call or query and is still there."""
    return [one for one in gc.get_objects() if isinstance(one, CancelToken | LiveCall)]


@pytest.mark.slow
def test_statements_of_many_rows_that_clients_leave_leave_nothing(client, engine):
    """
    What would have run next does not.
    """
    handle = prepare(client, "SELECT n, m, ? AS x FROM many").text(1)
    bind(client, handle, pa.table({"a": range(100)}))
    for _ in range(ABORTED // 6):
        reader = client.do_get(fl.Ticket(prepared(handle).command))
        reader.read_chunk()
        reader.cancel()
        nothing_left(engine)


def test_an_upload_that_was_cut_off_binds_nothing(client, engine):
    """
    It looks like one that has ended; the values of before stay.
    """
    handle = prepare(client, "SELECT n FROM numbers WHERE n = ?").text(1)
    bind(client, handle, pa.table({"a": [1]}))
    values = pa.table({"a": [2]})
    options = fl.FlightCallOptions(timeout=1)
    writer, _reader = client.do_put(prepared(handle), values.schema, options)
    writer.write_table(values)
    until(lambda: engine.slots.taken)
    nothing_left(engine)
    with contextlib.suppress(fl.FlightError, pa.ArrowException):
        writer.close()
    assert ask(client, prepared(handle)).to_pydict() == {"n": [1]}
