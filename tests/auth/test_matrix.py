"""
Every credential at every door: HTTP routes, gRPC methods and Flight methods of both services.

The doors are asked for what their tables of rules name, and nothing starts with a route that its
table does not name; so whatever is added is in here.
"""

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.http_gate import HttpGate, RouteRules
from ingest_api import admission as receiver_admission
from ingest_api.firehose.envelope import ACCESS_KEY
from ingest_api.grpc.export import NEEDS as GRPC_NEEDS
from query_engine.doors import Doors
from query_engine.flight.caller import NEEDS as FLIGHT_NEEDS
from query_engine.http import admission as query_admission
from tests.auth.credentials import Answers, Issuers, expected_of
from tests.ingest_api.conftest import RunningReceiver

ID = "00000000-0000-4000-8000-000000000000"
SOURCES = Path(query_admission.__file__).parents[1]
DOORS = [
    path
    for folder in ("http", "flight")
    for path in (SOURCES / folder).rglob("*.py")
    if "service.query(" in path.read_text()
]
STATUSES = {401: "unknown", 403: "forbidden"}


def http_answers(url: str, line: str, credentials: dict[str, str | None]) -> Answers:
    """Return what a route says to each credential."""
    method, path = line.split(" ", 1)
    path = path.replace("{name}", "none").replace("{image}", "0")
    for name in ("{query_id}", "{process_id}", "{block_id}"):
        path = path.replace(name, ID)
    found = {}
    with httpx.Client(base_url=url, timeout=60) as client:
        for name, credential in credentials.items():
            headers = {} if credential is None else {"Authorization": f"Bearer {credential}"}
            status = client.request(method, path, headers=headers).status_code
            assert status < 500, f"{line}, {name}: {status}"
            found[name] = STATUSES.get(status, "open")
    return found


@pytest.mark.parametrize("line", receiver_admission.RULES.needs)
def test_a_route_of_the_receiver_lets_in_whom_it_should(
    receiver: RunningReceiver, credentials: dict[str, str | None], line: str
) -> None:
    """
    Sending takes the role writer; a good credential for something else is told so, all others are
    nobody.
    """
    found = http_answers(receiver.url, line, credentials)
    assert found == expected_of(receiver_admission.RULES.needs[line])


@pytest.mark.parametrize("line", query_admission.RULES.needs)
def test_a_route_of_the_query_service_lets_in_whom_it_should(
    doors: Doors, credentials: dict[str, str | None], line: str
) -> None:
    """
    Asking takes the role reader.
    """
    found = http_answers(doors.http_url, line, credentials)
    assert found == expected_of(query_admission.RULES.needs[line])


@pytest.mark.parametrize("path", receiver_admission.KEY_HEADERS)
def test_firehose_brings_its_key_in_a_header_of_its_own(
    receiver: RunningReceiver, credentials: dict[str, str | None], path: str
) -> None:
    """
    It cannot send bearer tokens; its answers keep the form that it reads. Elsewhere that header is
    no credential.
    """
    found, own = {}, {"X-Amz-Firehose-Request-Id": "r"}
    for name, credential in credentials.items():
        headers = own if credential is None else {**own, ACCESS_KEY: credential}
        answer = httpx.post(f"{receiver.url}{path}", headers=headers)
        assert answer.json()["requestId"] == "r"
        found[name] = STATUSES.get(answer.status_code, "open")
    assert found == expected_of("writer")
    key = {ACCESS_KEY: credentials["ingest key"] or ""}
    assert httpx.post(f"{receiver.url}/v1/blocks", headers=key).status_code == 401


@pytest.mark.parametrize("url", ["receiver", "query service"])
def test_what_is_no_route_is_told_to_known_callers_only(
    receiver: RunningReceiver, doors: Doors, credentials: dict[str, str | None], url: str
) -> None:
    """
    Strangers do not learn what there is; a path that only looks like an open one is not open.
    """
    base = receiver.url if url == "receiver" else doors.http_url
    for path in ("/nothing", "/health/", "/health/../metrics", "//health", "/HEALTH", "/health%2f"):
        assert httpx.get(f"{base}{path}").status_code == 401, path
    for method in ("PUT", "OPTIONS", "TRACE", "PATCH"):
        assert httpx.request(method, f"{base}/health").status_code == 401, method
    found = http_answers(base, "GET /nothing", credentials)
    assert found == expected_of("known")


@pytest.mark.parametrize("url", ["receiver", "query service"])
def test_a_path_that_only_the_router_takes_for_a_route_is_none(
    receiver: RunningReceiver, doors: Doors, credentials: dict[str, str | None], url: str
) -> None:
    """
    The router's patterns match before a last line break; whoever lacks a role gets no further so.
    """
    base = receiver.url if url == "receiver" else doors.http_url
    rules = receiver_admission.RULES if url == "receiver" else query_admission.RULES
    lacking = {
        "writer": credentials["query key"],
        "reader": credentials["ingest key"],
        "admin": credentials["query key"],
    }
    with httpx.Client(timeout=60) as client:
        for line, needs in rules.needs.items():
            method, path = line.split(" ", 1)
            path = re.sub(r"\{\w+\}", "none", path)
            key = lacking.get(str(needs), credentials["query key"])
            known = {"Authorization": f"Bearer {key}"}
            for asked in (f"{path}%0A", f"{path}%00", f"{path}%0D%0A", f"/{path}", path.upper()):
                assert client.request(method, f"{base}{asked}").status_code == 401, (
                    f"{method} {asked}"
                )
                told = client.request(method, f"{base}{asked}", headers=known).status_code
                assert told in {403, 404}, f"{method} {asked}: {told}"
            if needs not in {"open", "known"}:
                told = client.head(f"{base}{path}%0A", headers=known).status_code
                assert told in {403, 404}, f"HEAD {path}: {told}"
                told = client.request(method, f"{base}{path}/", headers=known).status_code
                assert told in {403, 404}, f"{method} {path}/: {told}"


def test_what_no_line_matches_has_no_rule() -> None:
    """
    A line stands for what the router's pattern matches, and for nothing that cannot be printed.
    """
    rules = RouteRules({"POST /a": "reader", "GET /b/{name}": "open"})
    assert rules.of("POST", "/a") == "reader"
    assert rules.of("HEAD", "/b/x") == "open"
    for path in ("/a\n", "/a\x00", "/a/", "//a", "/A", "/b/x\n", "/b/x/y"):
        assert rules.of("POST", path) is None
        assert rules.of("GET", path) is None
    assert rules.of("DELETE", "/a") == "known"
    assert rules.of("DELETE", "/a\n") is None


def test_the_first_word_of_a_refusal_is_how_to_come_in(doors: Doors) -> None:
    """
    A 401 has the challenge that the standard asks for, and says what to send.
    """
    answer = httpx.get(f"{doors.http_url}/api/tables")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "unauthenticated"
    assert "Authorization: Bearer" in answer.json()["error"]["message"]


def test_two_credentials_are_none(doors: Doors, credentials: dict[str, str | None]) -> None:
    """
    A proxy and the door could each believe another one.
    """
    good = f"Bearer {credentials['query key']}"
    headers = [("Authorization", good), ("Authorization", good)]
    assert httpx.get(f"{doors.http_url}/api/tables", headers=headers).status_code == 401


def test_a_credential_in_the_address_is_none(
    doors: Doors, credentials: dict[str, str | None]
) -> None:
    """
    Addresses stand in logs and histories.
    """
    for name in ("access_token", "api_key", "token"):
        url = f"{doors.http_url}/api/tables?{name}={credentials['query key']}"
        assert httpx.get(url).status_code == 401


@pytest.mark.parametrize("url", ["receiver", "query service"])
def test_a_provider_that_is_away_is_503_to_tokens_it_would_have_to_check(
    receiver: RunningReceiver, doors: Doors, issuers: Issuers, url: str
) -> None:
    """
    Never 401, after which senders throw data away; keys that are known go on.
    """
    base, path = (
        (receiver.url, "/v1/blocks") if url == "receiver" else (doors.http_url, "/gateway/query")
    )
    known = {"Authorization": f"Bearer {issuers.provider.token(roles=['r', 'w'])}"}
    assert httpx.post(f"{base}{path}", headers=known).status_code == 415
    later = issuers.provider.of_an_unknown_key()
    fresh = issuers.provider.token(roles=["r", "w"], name="another")
    guards = receiver.authenticator if url == "receiver" else doors.authenticator
    keys = guards.tokens.keys[issuers.provider.issuer]
    issuers.provider.away = True
    try:
        keys._tried_at = None  # as after the time between two fetches
        answer = httpx.post(f"{base}{path}", headers={"Authorization": f"Bearer {later}"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        held = {"Authorization": f"Bearer {fresh}"}
        assert httpx.post(f"{base}{path}", headers=held).status_code not in {401, 403, 503}
    finally:
        issuers.provider.away = False
        keys._tried_at, keys._failures = None, 0


def test_a_route_without_a_rule_keeps_its_service_from_starting() -> None:
    """
    Whoever adds a route says who may use it.
    """
    inner, outer, app = APIRouter(prefix="/a"), APIRouter(prefix="/b"), FastAPI(openapi_url=None)
    inner.add_api_route("/new", lambda: None, methods=["GET", "POST"])
    outer.include_router(inner, prefix="/c")
    app.include_router(outer, prefix="/d")
    with pytest.raises(LookupError, match="POST /d/b/c/a/new"):
        RouteRules({"GET /d/b/c/a/new": "open"}).check(app.routes)
    RouteRules({"GET /d/b/c/a/new": "open", "POST /d/b/c/a/new": "writer"}).check(app.routes)
    app.mount("/files", lambda: None)
    with pytest.raises(LookupError, match="no rule can say"):
        RouteRules({"GET /d/b/c/a/new": "open", "POST /d/b/c/a/new": "open"}).check(app.routes)


@pytest.mark.parametrize("path", sorted(DOORS), ids=lambda path: path.stem)
def test_no_door_forgets_who_asks(path: Path) -> None:
    """
    Whatever a door asks of the service it asks for its caller; else everybody would be asking.
    """
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("service.query"):
            assert "principal" in {word.arg for word in call.keywords}, f"line {call.lineno}"


def test_the_matrix_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """
    For people: what each credential is worth at each door; ``pytest -s`` shows it.
    """
    lines = {
        **{f"receiver {line}": needs for line, needs in receiver_admission.RULES.needs.items()},
        **{f"gRPC {line}": needs for line, needs in GRPC_NEEDS.items()},
        **{f"query {line}": needs for line, needs in query_admission.RULES.needs.items()},
        **{f"Flight {method.name}": needs for method, needs in FLIGHT_NEEDS.items()},
    }
    signs = {"open": "yes", "unknown": "401", "forbidden": "403"}
    for line, needs in lines.items():
        told = " ".join(signs[answer] for answer in expected_of(needs).values())
        print(f"{line:<75} {told}")
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == len(lines)


def test_a_fault_of_the_gate_itself_is_503() -> None:
    """
    What it cannot read, it does not pass on, and its sender keeps what it has.
    """
    sent: list[dict[str, Any]] = []

    async def behind(*_: object) -> None:
        raise AssertionError("it was let through")

    async def send(message: Any) -> None:
        sent.append(message)

    callers = AsyncAuthenticator(Authenticator())
    gate = HttpGate(behind, callers, query_admission.RULES, query_admission.refusal)
    scope = {"type": "http", "method": "GET", "path": "/api/tables", "headers": None}
    asyncio.run(gate(scope, None, send))
    callers.close()
    assert sent[0]["status"] == 503
