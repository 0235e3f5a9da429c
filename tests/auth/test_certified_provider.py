"""Tokens of a certified provider at the doors of both services."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

import limnograph
from auth.authenticator import Authenticator
from auth.settings import Issuer
from limnograph.client import AccessDenied, ClientCredentials
from query_engine.doors import Doors
from tests.auth.certified import AUDIENCE, SECRET, CertifiedProvider
from tests.ingest_api.conftest import RunningReceiver

PATIENCE_S = 60


@pytest.fixture(scope="module")
def certified() -> Iterator[CertifiedProvider]:
    made = CertifiedProvider()
    yield made
    made.close()


@pytest.fixture(scope="module")
def guard(certified: CertifiedProvider) -> Iterator[Callable[[], Authenticator]]:
    """Returns who stands at a door that trusts this provider only."""
    standing: list[Authenticator] = []
    trusted = Issuer(
        issuer=certified.issuer,
        audience=AUDIENCE,
        roles_claim="roles",
        roles={"w": ("writer",)},
    )

    def made() -> Authenticator:
        standing.append(Authenticator([trusted]))
        return standing[-1]

    yield made
    for one in standing:
        one.close()


def sent(receiver: RunningReceiver, token: str) -> int:
    """Send nothing, in OpenTelemetry's form; return the status."""
    return _status(receiver.url, "/v1/logs", {"resourceLogs": []}, token)


def asked(doors: Doors, token: str) -> int:
    """Ask over HTTP; return the status."""
    return _status(doors.http_url, "/api/query", {"sql": "SELECT 1"}, token)


def _status(url: str, path: str, body: object, token: str) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, json.dumps(body), headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("client", ["job", "job-es"], ids=["RS256", "ES256"])
def test_its_tokens_open_every_door(
    certified: CertifiedProvider, receiver: RunningReceiver, doors: Doors, client: str
) -> None:
    """
    The receiver, and the query service over HTTP and Flight, by both kinds of signature.
    """
    assert sent(receiver, certified.token(client)) == 200
    for url in (doors.http_url, doors.flight_url):
        auth = ClientCredentials(certified.issuer, client, SECRET)
        with limnograph.connect(url, auth=auth) as lake:
            assert lake.query("SELECT 1").arrow().num_rows == 1


def test_a_token_for_another_audience_opens_none(
    certified: CertifiedProvider, receiver: RunningReceiver, doors: Doors
) -> None:
    """
    However good its signature.
    """
    token = certified.token("stranger")
    assert sent(receiver, token) == 401
    for url in (doors.http_url, doors.flight_url):
        with limnograph.connect(url, auth=token) as lake, pytest.raises(AccessDenied):
            lake.query("SELECT 1").arrow()


def test_keys_change_and_the_provider_goes_away_and_comes_back(
    certified: CertifiedProvider, receiver: RunningReceiver, doors: Doors
) -> None:
    """
    Tokens of known keys go on all the time; one of a new key is told to come again, not refused.
    """
    known = [certified.token(), certified.token()]
    assert (sent(receiver, known[0]), asked(doors, known[0])) == (200, 200)
    certified.stop()
    certified.new_keys("second")
    certified.start()
    newer = certified.token()
    certified.stop()
    try:
        assert (sent(receiver, newer), asked(doors, newer)) == (503, 503)
        assert (sent(receiver, known[1]), asked(doors, known[1])) == (200, 200)
    finally:
        certified.start()
    for ask in (lambda: sent(receiver, newer), lambda: asked(doors, newer)):
        deadline = time.monotonic() + PATIENCE_S
        while (status := ask()) == 503 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert status == 200
    assert (sent(receiver, known[1]), asked(doors, known[1])) == (200, 200)
