"""A service that asks as itself: from its provider's token to the answer of a query."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import limnograph
from limnograph.client import AccessDenied, ClientCredentials, QueryError
from limnograph.client.client_credentials import TokenUnavailable
from limnograph.client.limits import TOKEN_RENEWED_S, TOKEN_RETRIED_S
from query_engine.doors import Doors
from tests.auth.conftest import Clock
from tests.auth.credentials import Issuers
from tests.auth.provider import Provider

SECRET = "se/cret"
LASTS_S = 600


def job(provider: Provider, clock: Clock | None = None, secret: str = SECRET) -> ClientCredentials:
    return ClientCredentials(provider.issuer, "job", secret, now=clock or Clock())


def asked(provider: Provider) -> int:
    """Return how often the provider was asked for a token."""
    return provider.asked.count("/token")


def test_a_service_asks_with_a_token_of_its_own(doors: Doors, issuers: Issuers) -> None:
    """
    By discovery, over both doors; with the wrong secret it is told so before it asks.
    """
    wrong = job(issuers.provider, secret="wrong")
    for url in (doors.flight_url, doors.http_url):
        with limnograph.connect(url, auth=job(issuers.provider)) as lake:
            assert lake.query("SELECT 1").arrow().num_rows == 1
        with (
            limnograph.connect(url, auth=wrong) as lake,
            pytest.raises(AccessDenied, match=r"no token: TokenUnavailable: .* HTTP 401"),
        ):
            lake.query("SELECT 1")


def test_a_token_is_asked_for_once_and_again_ahead_of_its_end(
    provider: Provider, clock: Clock
) -> None:
    """
    Calls cost no request; no call is made with a token that ends on its way.
    """
    credentials = job(provider, clock)
    first = credentials.get_token()
    assert credentials.get_token() == first
    clock.seconds += LASTS_S - TOKEN_RENEWED_S - 0.01
    credentials.get_token()
    assert asked(provider) == 1
    clock.seconds += 0.01
    credentials.get_token()
    assert asked(provider) == 2


def test_a_provider_that_is_away_is_noticed_when_the_token_has_ended(
    provider: Provider, clock: Clock
) -> None:
    """
    Until then calls go on, and it is asked now and then; afterwards the error says what is wrong.
    """
    credentials = job(provider, clock)
    first = credentials.get_token()
    provider.away = True
    clock.seconds += LASTS_S - TOKEN_RENEWED_S
    assert {credentials.get_token() for _ in range(10)} == {first}
    assert asked(provider) == 2
    clock.seconds += TOKEN_RETRIED_S
    assert credentials.get_token() == first
    assert asked(provider) == 3
    clock.seconds += TOKEN_RENEWED_S
    with pytest.raises(TokenUnavailable, match="503"):
        credentials.get_token()
    provider.away = False
    assert credentials.get_token()


def test_many_threads_ask_once(provider: Provider) -> None:
    """
    Those without a token wait for the one that asks.
    """
    credentials, together = job(provider), threading.Barrier(8)

    def ask() -> str:
        together.wait(30)
        return credentials.get_token()

    with ThreadPoolExecutor(8) as threads:
        told = [threads.submit(ask) for _ in range(8)]
        assert len({one.result(30) for one in told}) == 1
    assert asked(provider) == 1


def test_a_wrong_secret_is_said_without_it(provider: Provider) -> None:
    """
    Neither in the error nor in what the object shows.
    """
    credentials = job(provider, secret="wrong-secret")
    with pytest.raises(TokenUnavailable, match="401") as caught:
        credentials.get_token()
    assert "wrong-secret" not in f"{caught.value!r} {credentials!r}"


@pytest.mark.parametrize(
    "discovered",
    [
        {"issuer": "https://elsewhere.example.org"},
        {"token_endpoint": "http://elsewhere.example.org/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
    ],
    ids=["another issuer", "without TLS", "a file", "none"],
)
def test_a_secret_goes_nowhere_else(provider: Provider, discovered: dict[str, str | None]) -> None:
    """
    A discovery document that leads astray is not followed.
    """
    provider.discovered = discovered
    with pytest.raises(TokenUnavailable):
        job(provider).get_token()
    assert asked(provider) == 0


def test_an_address_without_tls_is_refused_at_once() -> None:
    """
    Before anything is sent to it.
    """
    for wrong in ("http://id.example.org", "id.example.org", "http://[", ""):
        with pytest.raises(QueryError):
            ClientCredentials(wrong or "nothing", "job", SECRET)
