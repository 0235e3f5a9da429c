"""
Every credential at every method of gRPC and of Flight; `test_matrix` has the HTTP routes.
"""

from collections.abc import Callable
from typing import Any

import grpc
import httpx
import pyarrow as pa
import pyarrow.flight as fl
import pytest

import limnograph
from auth.authenticator import Authenticator
from auth.key_records import KeyRecords
from auth.key_ring import KeyRing
from auth.key_text import new_key
from ingest_api.grpc.export import NEEDS as GRPC_NEEDS
from limnograph.client import AccessDenied, Unreachable
from query_engine.doors import Doors
from query_engine.flight.actions.catalog import ACTIONS
from query_engine.flight.caller import NEEDS as FLIGHT_NEEDS
from query_engine.flight.commands.catalog import COMMANDS
from query_engine.flight.proto import pack_any
from query_engine.metrics import QueryMetrics
from query_engine.readiness import Readiness
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables
from query_engine.workers.pool import WorkerPool
from tests.auth.credentials import Answers, expected_of
from tests.ingest_api.conftest import RunningReceiver

ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("method", [*GRPC_NEEDS, "/limnograph.nothing/Export"])
def test_a_method_of_grpc_lets_in_whom_it_should(
    receiver: RunningReceiver, credentials: dict[str, str | None], method: str
) -> None:
    """
    OTLP over gRPC is a door like the others.
    """
    codes = {
        grpc.StatusCode.UNAUTHENTICATED: "unknown",
        grpc.StatusCode.PERMISSION_DENIED: "forbidden",
    }
    found = {}
    with grpc.insecure_channel(receiver.grpc) as channel:
        for name, credential in credentials.items():
            metadata = [] if credential is None else [("authorization", f"Bearer {credential}")]
            try:
                channel.unary_unary(method)(b"", metadata=metadata, timeout=60)
                found[name] = "open"
            except grpc.RpcError as error:
                found[name] = codes.get(error.code(), "open")
    assert found == expected_of(GRPC_NEEDS.get(method, "known"))


ANY = fl.FlightDescriptor.for_command(b"SELECT 1")
EMPTY = pa.schema([("a", pa.int64())])


def _put(client: fl.FlightClient, options: fl.FlightCallOptions, command: bytes = b"x") -> None:
    writer, reader = client.do_put(fl.FlightDescriptor.for_command(command), EMPTY, options)
    try:
        writer.done_writing()
        reader.read()
    finally:
        writer.close()


def _exchange(client: fl.FlightClient, options: fl.FlightCallOptions) -> None:
    writer, reader = client.do_exchange(ANY, options)
    try:
        writer.done_writing()
        reader.read_chunk()
    finally:
        writer.close()


FLIGHT: dict[fl.FlightMethod, Callable[[fl.FlightClient, fl.FlightCallOptions], object]] = {
    fl.FlightMethod.LIST_FLIGHTS: lambda c, o: list(c.list_flights(options=o)),
    fl.FlightMethod.GET_FLIGHT_INFO: lambda c, o: c.get_flight_info(ANY, o),
    fl.FlightMethod.GET_SCHEMA: lambda c, o: c.get_schema(ANY, o),
    fl.FlightMethod.DO_GET: lambda c, o: c.do_get(fl.Ticket(b"SELECT 1"), o).read_all(),
    fl.FlightMethod.DO_PUT: _put,
    fl.FlightMethod.DO_ACTION: lambda c, o: list(c.do_action(("HealthCheck", b""), o)),
    fl.FlightMethod.LIST_ACTIONS: lambda c, o: c.list_actions(o),
    fl.FlightMethod.DO_EXCHANGE: _exchange,
}


def flight_answers(
    doors: Doors,
    credentials: dict[str, str | None],
    call: Callable[[fl.FlightClient, fl.FlightCallOptions], object],
) -> Answers:
    found = {}
    with fl.connect(doors.flight_url) as client:
        for name, credential in credentials.items():
            headers = (
                [] if credential is None else [(b"authorization", f"Bearer {credential}".encode())]
            )
            found[name] = "open"
            try:
                call(client, fl.FlightCallOptions(headers=headers, timeout=60))
            except fl.FlightUnauthenticatedError:
                found[name] = "unknown"
            except fl.FlightUnauthorizedError:
                found[name] = "forbidden"
            except OSError as error:  # pyarrow's way for GetSchema
                words = {"Detail: Unauthenticated": "unknown", "Detail: Unauthorized": "forbidden"}
                found[name] = next((words[one] for one in words if one in str(error)), "open")
            except pa.ArrowException:
                continue  # let in, and refused for what it asked
    return found


@pytest.mark.parametrize("method", FLIGHT, ids=lambda method: method.name)
def test_a_method_of_flight_lets_in_whom_it_should(
    doors: Doors, credentials: dict[str, str | None], method: fl.FlightMethod
) -> None:
    """
    Each RPC of Flight, those that are refused later too.
    """
    assert flight_answers(doors, credentials, FLIGHT[method]) == expected_of(FLIGHT_NEEDS[method])


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_lets_in_whom_it_should(
    doors: Doors, credentials: dict[str, str | None], action: object
) -> None:
    """
    What an action needs beyond its method stands in its own value.
    """
    body = pack_any(action.request, {}) if action.request else ID.encode()
    some = {name: credentials[name] for name in ("none", "ingest key", "query key", "admin key")}
    found = flight_answers(doors, some, lambda c, o: list(c.do_action((action.name, body), o)))
    assert found == {
        name: answer for name, answer in expected_of(action.needs).items() if name in some
    }


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_lets_in_whom_it_should(
    doors: Doors, credentials: dict[str, str | None], command: object
) -> None:
    """
    Uploads are for administrators; everything else that a descriptor may name is for readers.
    """
    body = pack_any(command.name, {})
    some = {name: credentials[name] for name in ("none", "ingest key", "query key", "admin key")}
    found = flight_answers(doors, some, lambda c, o: _put(c, o, body))
    assert found == {
        name: answer for name, answer in expected_of(command.needs).items() if name in some
    }


def test_a_handshake_answers_a_password_with_a_token(
    doors: Doors, credentials: dict[str, str | None]
) -> None:
    """
    Any user, and an API key as the password; nothing else comes back with a token.
    """
    found = {}
    with fl.connect(doors.flight_url) as client:
        for name, credential in credentials.items():
            try:
                header = client.authenticate_basic_token("anything", credential or "")
                options = fl.FlightCallOptions(headers=[header])
                list(client.list_actions(options))
                found[name] = "open"
            except fl.FlightUnauthenticatedError:
                found[name] = "unknown"
            except fl.FlightUnauthorizedError:
                found[name] = "forbidden"
    assert found == expected_of("reader")


def test_no_method_of_flight_is_forgotten() -> None:
    """
    A method that pyarrow comes to know needs a rule, and a call in this matrix.
    """
    members = {
        member
        for name, member in vars(fl.FlightMethod).items()
        if isinstance(member, fl.FlightMethod) and name != "INVALID"
    }
    assert set(FLIGHT_NEEDS) == members
    assert set(FLIGHT) == members - {fl.FlightMethod.HANDSHAKE}


REFUSALS = {
    "none": (fl.FlightUnauthenticatedError, AccessDenied, "unauthenticated", "a credential is"),
    "ingest key": (fl.FlightUnauthorizedError, AccessDenied, "permission_denied", "needs the role"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_over_flight_is_one_clear_line(
    doors: Doors, credentials: dict[str, str | None], kind: str
) -> None:
    """
    At a plain client, and at ours, where it is the same as over HTTP.
    """
    plain, ours, code, text = REFUSALS[kind]
    credential = credentials[kind]
    headers = [] if credential is None else [(b"authorization", f"Bearer {credential}".encode())]
    with (
        fl.connect(doors.flight_url) as client,
        pytest.raises(plain, match=text) as caught,
    ):
        list(client.do_action(("HealthCheck", b""), fl.FlightCallOptions(headers=headers)))
    assert "Traceback" not in str(caught.value)
    said = []
    for url in (doors.flight_url, doors.http_url):
        with limnograph.connect(url, api_key=credential) as lake, pytest.raises(ours) as refused:
            lake.query("SELECT 1")
        said.append(str(refused.value))
        assert refused.value.code == code
    assert said[0] == said[1]


def odd() -> Any:
    raise ZeroDivisionError("a fault of ours")


def test_whoever_cannot_be_asked_for_is_away_at_every_method(workers: WorkerPool) -> None:
    """
    Over Flight as over HTTP: come again, by the class of the error, its code and a clear text.
    """
    settings = QuerySettings(http_port=0, flight_port=0)
    service = QueryService(MemoryTables({}), settings, QueryMetrics(), workers)
    guard = Authenticator(keys=KeyRing(KeyRecords(odd)))
    doors = Doors(service, Readiness(lambda: None), settings, None, guard)
    key = new_key()
    options = fl.FlightCallOptions(headers=[(b"authorization", f"Bearer {key}".encode())])
    try:
        with (
            fl.connect(doors.flight_url) as client,
            pytest.raises(fl.FlightUnavailableError, match="cannot be found out now"),
        ):
            list(client.do_action(("HealthCheck", b""), options))
        answer = httpx.get(
            f"{doors.http_url}/api/tables", headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        for url in (doors.flight_url, doors.http_url):
            with (
                limnograph.connect(url, api_key=key, retry_seconds=0) as lake,
                pytest.raises(Unreachable, match=r"^who calls cannot be found out now") as caught,
            ):
                lake.query("SELECT 1")
            assert (caught.value.code, caught.value.transient) == ("provider_unavailable", True)
    finally:
        doors.close(1.0)
