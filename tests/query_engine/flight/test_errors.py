"""What a client is told when a call fails: status, one line, and trailers."""

from urllib.parse import unquote

import pyarrow as pa
import pyarrow.flight as fl
import pytest

from assets.errors import CallerError, LakeError, NotFound, Overloaded
from query_engine.errors import Cancelled, NotOffered, ResourceExhausted, TimeLimit
from query_engine.flight.errors import as_flight_error, trailers_of
from query_engine.flight.proto import pack_any
from query_engine.sql.errors import SyntaxProblem
from tests.query_engine.flight.calls import any_ticket, command


class Refused(LakeError):
    """An error that says who may ask."""

    http_status = 403


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SyntaxProblem("x"), pa.ArrowInvalid),
        (NotFound("x"), KeyError),
        (NotOffered("x"), NotImplementedError),
        (Refused("x"), fl.FlightUnauthorizedError),
        (Overloaded("x"), fl.FlightUnavailableError),
        (TimeLimit("x"), fl.FlightTimedOutError),
        (ResourceExhausted("x"), fl.FlightServerError),
        (Cancelled("x"), fl.FlightCancelledError),
        (LakeError("x"), fl.FlightInternalError),
        (CallerError("x"), pa.ArrowInvalid),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_status(error, kind):
    """
    The best one that pyarrow can send.
    """
    assert isinstance(as_flight_error(error), kind)


class Trailers(fl.ClientMiddlewareFactory):
    """Keeps the headers and trailers that come back."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def start_call(self, info):
        """Watch one call."""
        outer = self

        class Watch(fl.ClientMiddleware):
            def received_headers(self, headers):
                outer.seen |= {name: values[-1] for name, values in headers.items()}

        return Watch()


@pytest.fixture
def trailers():
    """Nothing seen yet."""
    return Trailers()


@pytest.fixture
def watched(door, trailers):
    """A client that keeps trailers."""
    with fl.connect(f"grpc://127.0.0.1:{door.port}", middleware=[trailers]) as connected:
        yield connected


def limno(seen):
    """Return our trailers."""
    return {name: value for name, value in seen.items() if name.startswith("limno-")}


def test_an_error_tells_its_place_in_trailers(watched, trailers):
    """
    Code, line, column, hint and query id, as over HTTP.
    """
    with pytest.raises(pa.ArrowInvalid) as caught:
        watched.do_get(any_ticket("SELECT n\nFROM numbers WHERE nam = 'é'")).read_all()
    told = limno(trailers.seen)
    assert (told["limno-code"], told["limno-line"], told["limno-column"]) == (
        "unknown_column",
        "2",
        "20",
    )
    assert f"query_id={told['limno-query-id']}" in str(caught.value)
    assert unquote(told["limno-hint"]) in str(caught.value)
    assert str(caught.value).startswith(unquote(told["limno-message"]))


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.get_flight_info(command("CommandStatementQuery", {1: "SELECT nix"})),
        lambda c: c.get_schema(command("CommandStatementQuery", {1: "SELECT nix"})),
        lambda c: list(
            c.do_action(
                fl.Action(
                    "CreatePreparedStatement",
                    pack_any("ActionCreatePreparedStatementRequest", {1: "SELECT nix"}),
                )
            )
        ),
    ],
    ids=["GetFlightInfo", "GetSchema", "DoAction"],
)
def test_every_call_tells_its_error_in_trailers(watched, trailers, call):
    """
    Not only DoGet.
    """
    with pytest.raises(pa.ArrowInvalid):
        call(watched)
    told = limno(trailers.seen)
    assert (told["limno-code"], told["limno-column"]) == ("unknown_column", "8")


def test_an_error_in_mid_stream_has_trailers_too(watched, trailers, memory_tables, slow_rows, gate):
    """
    The rows before it arrive, and the header named the query already.
    """

    def fail():
        gate.wait()
        raise RuntimeError("secret")

    memory_tables.frames["broken"] = slow_rows(1, 1, fail)
    sql = "SELECT n FROM numbers UNION ALL SELECT n FROM broken"
    reader = watched.do_get(any_ticket(sql))
    assert reader.schema.names == ["n"]
    gate.set()
    with pytest.raises(fl.FlightInternalError):
        reader.read_all()
    told = limno(trailers.seen)
    assert told["limno-code"] == "internal"
    assert told["limno-query-id"] == trailers.seen["x-query-id"]


def test_a_whole_result_has_no_such_trailers(watched, trailers):
    """
    Only its query's id, as a header.
    """
    watched.do_get(any_ticket("SELECT n FROM numbers")).read_all()
    assert limno(trailers.seen) == {}
    assert len(trailers.seen["x-query-id"]) == 36


@pytest.mark.parametrize("letter", ["x", "é", "日", "'"])
def test_the_longest_error_keeps_its_status_and_code(watched, trailers, letter):
    """
    A text at its limit stands in the status only; whatever its letters, trailers stay small.
    """
    sql = f'SELECT n FROM "{letter * 5000}"'
    with pytest.raises(pa.ArrowInvalid, match="no table"):
        watched.do_get(any_ticket(sql)).read_all()
    told = limno(trailers.seen)
    assert told["limno-code"] == "unknown_table"
    assert "limno-message" not in told


def test_trailers_are_ascii_whatever_the_hint():
    """
    gRPC carries nothing else; the client unquotes them.
    """
    told = dict(trailers_of(SyntaxProblem("x", hint="schreib 'é'\n100%")))
    assert unquote(told["limno-hint"]) == "schreib 'é' 100%"
    assert told["limno-hint"].isascii()
