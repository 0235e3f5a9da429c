"""How keys of a provider are kept: rotation, outages, and how rarely it is asked."""

import threading
from typing import Any

import pytest

from auth import limits
from auth.documents import fetch_json
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.provider_keys import ProviderKeys
from tests.auth.conftest import Clock
from tests.auth.provider import Provider


def keys(provider: Provider, clock: Clock) -> ProviderKeys:
    return ProviderKeys(provider.issuer, now=clock)


def test_keys_are_fetched_once_for_many_tokens(provider: Provider, clock: Clock) -> None:
    """
    Requests do not go to the network.
    """
    kept = keys(provider, clock)
    for _ in range(20):
        kept.key("first", "RS256")
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_is_found_by_one_fetch(provider: Provider, clock: Clock) -> None:
    """
    A rotation at the provider is followed with its first token; the old key goes on as long as it
    is named.
    """
    kept = keys(provider, clock)
    kept.key("first", "RS256")
    provider.rotate("second")
    clock.seconds += limits.REFETCH_S_MIN
    kept.key("second", "RS256")
    kept.key("first", "RS256")
    assert kept.fetches == 2


def test_a_key_that_is_named_no_more_opens_nothing_after_the_next_fetch(
    provider: Provider, clock: Clock
) -> None:
    """
    A key that a provider withdraws is not believed any longer.
    """
    kept = keys(provider, clock)
    kept.key("first", "RS256")
    provider.rotate("second", keep=False)
    clock.seconds += limits.REFETCH_S_MIN
    kept.key("second", "RS256")
    with pytest.raises(Unauthenticated):
        kept.key("first", "RS256")


def test_unknown_key_ids_do_not_make_us_ask_again_and_again(
    provider: Provider, clock: Clock
) -> None:
    """
    Strangers with random key ids cost the provider one request in a while.
    """
    kept = keys(provider, clock)
    for number in range(50):
        with pytest.raises(Unauthenticated):
            kept.key(f"random-{number}", "RS256")
    assert kept.fetches == 1
    clock.seconds += limits.REFETCH_S_MIN
    with pytest.raises(Unauthenticated):
        kept.key("random", "RS256")
    assert kept.fetches == 2


def test_a_token_that_is_newer_than_the_last_fetch_is_told_to_come_again(
    provider: Provider, clock: Clock
) -> None:
    """
    A provider that rotates right after a fetch is not asked again for seconds; until then its new
    key is not known to be none.
    """
    today = Clock(1_000_000.0)
    kept = ProviderKeys(provider.issuer, now=clock, today=today)
    kept.key("first", "RS256")
    provider.rotate("second")
    clock.seconds += 1
    today.seconds += 1
    with pytest.raises(ProviderUnavailable):
        kept.key("second", "RS256", today())
    for made in (0.0, today() - 60):
        with pytest.raises(Unauthenticated):
            kept.key("second", "RS256", made)
    clock.seconds += limits.REFETCH_S_MIN
    assert kept.key("second", "RS256", today())
    clock.seconds += 1
    with pytest.raises(ProviderUnavailable):
        kept.key("never", "RS256", today() + 10)
    clock.seconds += limits.REFETCH_S_MIN
    with pytest.raises(Unauthenticated):  # it was asked after the token was made
        kept.key("never", "RS256", today() + 10)


class Odd(RuntimeError):
    """What nobody has foreseen."""


def test_a_fault_in_a_fetch_counts_as_the_provider_being_away(
    provider: Provider, clock: Clock
) -> None:
    """
    It is not asked at once again, keys that are known go on, and it is found again.
    """
    fault: list[Exception] = []

    def fetch(url: str) -> dict[str, Any]:
        if fault:
            raise fault[0]
        return fetch_json(url)

    kept = ProviderKeys(provider.issuer, fetch=fetch, now=clock)
    fault.append(Odd("a fault of ours"))
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            kept.key("first", "RS256")
    assert kept.fetches == 1
    fault.clear()
    clock.seconds += limits.REFETCH_S_MIN
    assert kept.key("first", "RS256")
    fault.append(Odd("a fault of ours"))
    clock.seconds += limits.KEYS_REFRESHED_S + 1
    assert kept.key("first", "RS256")
    for thread in threading.enumerate():
        if thread.name == "provider-keys":
            thread.join(30)
    assert kept.fetches == 3
    assert kept.key("first", "RS256")


def test_known_keys_go_on_while_the_provider_is_away(provider: Provider, clock: Clock) -> None:
    """
    An outage of the provider is none of ours, for whoever has a token of a known key.
    """
    kept = keys(provider, clock)
    kept.key("first", "RS256")
    provider.away = True
    clock.seconds += 600
    kept.key("first", "RS256")
    with pytest.raises(ProviderUnavailable):
        kept.key("second", "RS256")


def test_it_comes_back_when_the_provider_does(provider: Provider, clock: Clock) -> None:
    """
    After an outage the first token that is due fetches the keys; until then nobody waits.
    """
    provider.away = True
    kept = keys(provider, clock)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            kept.key("first", "RS256")
    assert kept.fetches == 1
    provider.away = False
    with pytest.raises(ProviderUnavailable):
        kept.key("first", "RS256")
    clock.seconds += 1
    assert kept.key("first", "RS256")


def test_the_wait_between_attempts_grows_to_its_bound(provider: Provider, clock: Clock) -> None:
    """
    A provider that is away for long is not hammered, and is found again within the bound.
    """
    provider.away = True
    kept = keys(provider, clock)
    for _ in range(3_600):
        with pytest.raises(ProviderUnavailable):
            kept.key("first", "RS256")
        clock.seconds += 1
    assert 3_600 / limits.PROVIDER_BACKOFF_S_MAX <= kept.fetches < 80
    provider.away = False
    clock.seconds += limits.PROVIDER_BACKOFF_S_MAX
    assert kept.key("first", "RS256")


def test_keys_are_not_believed_for_ever(provider: Provider, clock: Clock) -> None:
    """
    A provider that has been away for a day could have withdrawn anything.
    """
    kept = keys(provider, clock)
    kept.key("first", "RS256")
    provider.away = True
    clock.seconds += limits.KEYS_STALE_S_MAX + 1
    with pytest.raises(ProviderUnavailable):
        kept.key("first", "RS256")


def test_old_keys_are_fetched_anew_behind_the_request(provider: Provider, clock: Clock) -> None:
    """
    The request that finds them old is answered with what is known.
    """
    kept = keys(provider, clock)
    kept.key("first", "RS256")
    clock.seconds += limits.KEYS_REFRESHED_S + 1
    assert kept.key("first", "RS256")
    for thread in threading.enumerate():
        if thread.name == "provider-keys":
            thread.join(30)
    assert kept.fetches == 2


def test_many_at_once_ask_the_provider_once(provider: Provider, clock: Clock) -> None:
    """
    The first requests after a start share one fetch.
    """
    kept = keys(provider, clock)
    threads = [threading.Thread(target=kept.key, args=("first", "RS256")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.fetches == 1


@pytest.mark.parametrize(
    "discovered",
    [
        {"issuer": "https://elsewhere.example.org"},
        {"jwks_uri": "http://elsewhere.example.org/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": 7},
    ],
    ids=["another issuer", "keys without TLS", "a file", "no text"],
)
def test_a_discovery_document_that_leads_astray_is_not_followed(
    provider: Provider, clock: Clock, discovered: dict[str, Any]
) -> None:
    """
    Keys come from the issuer that was set, over a connection that can be trusted, or not at all.
    """
    provider.discovered = discovered
    with pytest.raises(ProviderUnavailable):
        keys(provider, clock).key("first", "RS256")


@pytest.mark.parametrize(
    "listed",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "first"},
        {"kty": "RSA", "kid": "first"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "first"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "first"},
        "first",
    ],
    ids=["a secret", "half a key", "a short key", "no point of the curve", "no object"],
)
def test_keys_that_check_nothing_are_left_out(clock: Clock, listed: object) -> None:
    """
    What cannot be a public key of the list, or is too weak for one, signs nothing for us.
    """
    kept = ProviderKeys("https://x", "https://x/keys", lambda _: {"keys": [listed]}, clock)
    for alg in ("RS256", "ES256", "Ed25519"):
        with pytest.raises(Unauthenticated):
            kept.key("first", alg)


def test_a_key_of_encryption_checks_no_signature(provider: Provider, clock: Clock) -> None:
    """
    A key is used for what the provider says it is for.
    """
    key = provider.keys[-1].as_dict(private=False, use="enc")
    kept = ProviderKeys("https://x", "https://x/keys", lambda _: {"keys": [key]}, clock)
    with pytest.raises(Unauthenticated):
        kept.key("first", "RS256")


def test_a_private_key_in_the_list_is_kept_as_its_public_half(
    provider: Provider, clock: Clock
) -> None:
    """
    A provider's mistake does not put its secret into our memory.
    """
    key = provider.keys[-1].as_dict(private=True)
    kept = ProviderKeys("https://x", "https://x/keys", lambda _: {"keys": [key]}, clock)
    assert not kept.key("first", "RS256").is_private
