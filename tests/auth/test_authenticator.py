"""From the headers of a request to who calls."""

import asyncio
import base64
import threading
from typing import Any

import pytest

from auth import limits
from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.credential import credential_of
from auth.errors import ExposedWithoutLogin, Forbidden, ProviderUnavailable, Unauthenticated
from auth.key_records import KeyRecords, KeyWish
from auth.key_ring import KeyRing
from auth.key_text import new_key
from auth.opening import check_somebody_can_come_in, is_required, open_authenticator
from auth.principal import Principal, anybody
from auth.settings import UNPROTECTED, AuthSettings, Issuer
from tests.auth.conftest import Clock
from tests.auth.provider import Provider


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_a_credential_is_found_where_clients_put_it() -> None:
    """
    As a bearer token, as the password of any user, and in a header of its own for those who cannot.
    """
    assert credential_of(["Bearer abc"]) == "abc"
    assert credential_of(["bearer  abc "]) == "abc"
    assert credential_of([b"Bearer abc"]) == "abc"
    assert credential_of([basic("anything:abc")]) == "abc"
    assert credential_of([basic("abc:")]) == "abc"
    assert credential_of([], also=["abc"]) == "abc"
    assert credential_of(["Bearer abc"], also=[""]) == "abc"


@pytest.mark.parametrize(
    ("values", "also"),
    [
        ([], []),
        ([""], []),
        (["Bearer"], []),
        (["abc"], []),
        (["Digest abc"], []),
        (["Bearer a", "Bearer b"], []),
        (["Bearer a"], ["b"]),
        (["Basic ???"], []),
        (["Bearer a b"], []),
        (["Bearer \x00"], []),
        (["Bearer " + "x" * (limits.CREDENTIAL_CHARS_MAX + 1)], []),
    ],
    ids=[
        *("nothing", "empty", "no token", "no scheme", "another scheme", "two headers"),
        *("two places", "no base64", "two words", "a control character", "too long"),
    ],
)
def test_what_is_not_one_credential_is_none(values: list[str], also: list[str]) -> None:
    """
    A request is never let in by a credential that a proxy in front may have read otherwise.
    """
    with pytest.raises(Unauthenticated):
        credential_of(values, also=also)


def test_a_checked_token_is_remembered_until_its_end(provider: Provider) -> None:
    """
    It is checked once, for a while, and not believed a second longer than it says.
    """
    clock = Clock(0)
    clock.seconds = provider.claims()["iat"]
    authenticator = Authenticator([Issuer(**provider.settings)], now=clock)
    token = provider.token(exp=int(clock.seconds) + 100)
    assert authenticator.remembered(token) is None
    assert authenticator.authenticate([f"Bearer {token}"]).subject == "ada"
    clock.seconds += 99
    assert authenticator.remembered(token)
    clock.seconds += 1
    assert authenticator.remembered(token) is None


def test_a_token_that_lasts_long_is_checked_again_from_time_to_time(provider: Provider) -> None:
    """
    So a key that its provider withdraws takes its tokens along.
    """
    clock = Clock(provider.claims()["iat"])
    authenticator = Authenticator([Issuer(**provider.settings)], now=clock)
    token = provider.token(exp=int(clock.seconds) + 86_400)
    authenticator.authenticate([f"Bearer {token}"])
    clock.seconds += limits.TOKENS_KEPT_S
    assert authenticator.remembered(token) is None


def test_memory_for_tokens_is_bounded(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Of more tokens than the bound the oldest is checked again.
    """
    monkeypatch.setattr("auth.authenticator.TOKENS_KEPT_MAX", 2)
    authenticator = Authenticator([Issuer(**provider.settings)])
    made = [provider.token(sub=name) for name in "abc"]
    for token in made:
        authenticator.authenticate([f"Bearer {token}"])
    assert [authenticator.remembered(token) is None for token in made] == [True, False, False]


def test_where_no_credential_is_wanted_none_is_looked_at() -> None:
    """
    On one machine without any set-up everything goes on as before, whatever clients send along.
    """
    authenticator = Authenticator(anybody=anybody("reader", "writer"))
    assert authenticator.authenticate(["Bearer garbage"]).kind == "anybody"
    assert authenticator.authenticate([]).roles == {"reader", "writer"}


def test_an_event_loop_is_not_held_up(records: KeyRecords, provider: Provider) -> None:
    """
    What has to be asked for is asked for in another thread; what is remembered is answered at once.
    """
    seen: list[str] = []

    class Watched(KeyRing):
        def look_up(self, key: str) -> Principal:
            seen.append(threading.current_thread().name)
            return super().look_up(key)

    ring = Watched(records)
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    authenticator = AsyncAuthenticator(Authenticator([Issuer(**provider.settings)], ring))

    async def twice() -> None:
        assert (await authenticator.authenticate([f"Bearer {key}"])).name == "k"
        assert (await authenticator.authenticate([f"Bearer {key}"])).name == "k"

    asyncio.run(twice())
    authenticator.close()
    assert len(seen) == 1
    assert seen[0].startswith("auth")


class Odd(RuntimeError):
    """What nobody has foreseen."""


def odd() -> Any:
    raise Odd("a fault of ours")


def test_a_fault_on_the_way_to_an_answer_is_no_answer() -> None:
    """
    Whatever breaks: not 401, after which senders throw data away, not 500, and never a pass.
    """
    sync = Authenticator(keys=KeyRing(KeyRecords(odd)))
    with pytest.raises(ProviderUnavailable):
        sync.authenticate([f"Bearer {new_key()}"])
    waiting = AsyncAuthenticator(sync)
    with pytest.raises(ProviderUnavailable):
        asyncio.run(waiting.authenticate([f"Bearer {new_key()}"]))
    waiting.close()
    with pytest.raises(ProviderUnavailable):  # as its threads have ended
        asyncio.run(waiting.authenticate([f"Bearer {new_key()}"]))


def test_a_role_that_is_missing_is_named() -> None:
    """
    Whoever is known and may not learns what would be needed.
    """
    caller = Principal(
        subject="ada",
        issuer="x",
        kind="person",
        write_audience=None,
        read_audiences=None,
        roles=frozenset({"reader"}),
    )
    caller.check("reader")
    caller.check(None)
    with pytest.raises(Forbidden, match="needs the role writer"):
        caller.check("writer")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_on_one_machine_nothing_has_to_be_set(host: str) -> None:
    """
    The loopback address needs no login, unless something says so.
    """
    assert not is_required(AuthSettings(), [host])
    assert is_required(AuthSettings(required=True), [host])
    assert is_required(
        AuthSettings(issuers=[{"issuer": "https://id.example.org", "audience": "x"}]), [host]
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "lake.example.org"])
def test_whoever_is_reached_by_others_wants_a_credential(host: str) -> None:
    """
    One such address is enough; switching the login off does not start there by accident.
    """
    assert is_required(AuthSettings(), ["127.0.0.1", host])
    with pytest.raises(ExposedWithoutLogin, match=UNPROTECTED):
        is_required(AuthSettings(disabled=True), [host])
    meant = AuthSettings(disabled=True, i_know_that_anybody_can_read_everything=True)
    assert not is_required(meant, [host])


def test_a_service_that_others_reach_starts_only_if_somebody_can_come_in(
    database_url: str, records: KeyRecords
) -> None:
    """
    Without a provider it takes one API key that opens something.
    """
    settings, hosts = AuthSettings(), ["0.0.0.0"]
    authenticator = open_authenticator(settings, hosts, database_url, ["reader"])
    with pytest.raises(ExposedWithoutLogin, match="limnod keys create"):
        check_somebody_can_come_in(authenticator, settings, hosts)
    _, record = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    check_somebody_can_come_in(authenticator, settings, hosts)
    records.revoke(record.key_id, by="ada")
    with pytest.raises(ExposedWithoutLogin):
        check_somebody_can_come_in(authenticator, settings, hosts)
    authenticator.close()
