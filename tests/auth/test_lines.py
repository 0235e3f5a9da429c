"""How credentials wait to be looked up: once each, only so many, and nobody behind strangers."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from assets.errors import Overloaded
from auth import limits
from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.errors import Unauthenticated
from auth.key_records import KeyRecord, KeyRecords, KeyWish
from auth.key_ring import KeyRing
from auth.key_text import new_key
from auth.principal import Principal
from auth.provider_keys import ProviderKeys
from auth.settings import Issuer
from tests.auth.conftest import Clock
from tests.auth.provider import Provider


def slow_ring(records: KeyRecords, crowd: int) -> tuple[KeyRing, list[str], threading.Event]:
    """Return a ring that answers when a test says so, and what it was asked."""
    asked: list[str] = []
    go = threading.Event()

    class Slow(KeyRing):
        def look_up(self, key: str) -> Principal:
            asked.append(key)
            assert go.wait(30)
            return super().look_up(key)

    assert crowd > limits.LOOKUPS_MAX
    return Slow(records), asked, go


def test_many_requests_with_one_key_are_one_lookup(records: KeyRecords) -> None:
    """
    When a key's seconds end, none of the requests under way with it is told to come again.
    """
    ring, asked, go = slow_ring(records, 200)
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    authenticator = AsyncAuthenticator(Authenticator(keys=ring))

    async def crowd() -> list[Principal]:
        tasks = [
            asyncio.create_task(authenticator.authenticate([f"Bearer {key}"])) for _ in range(200)
        ]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(*tasks[1:])

    assert {one.name for one in asyncio.run(crowd())} == {"k"}
    assert asked == [key]
    authenticator.close()


def test_many_threads_with_one_key_are_one_lookup(records: KeyRecords) -> None:
    """
    The same at a door of many threads.
    """
    ring, asked, go = slow_ring(records, 100)
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    authenticator = Authenticator(keys=ring)
    with ThreadPoolExecutor(100) as threads:
        told = [threads.submit(authenticator.authenticate, [f"Bearer {key}"]) for _ in range(100)]
        go.set()
        assert {one.result(30).name for one in told} == {"k"}
    assert 1 <= len(asked) <= 2  # a request that comes between the answer and its keeping asks
    authenticator.close()


def test_tokens_take_no_place_of_keys(records: KeyRecords, provider: Provider) -> None:
    """
    A crowd of forged tokens that wait for a slow provider keeps no key out; garbage never waits.
    """
    reached, go = threading.Event(), threading.Event()

    def fetch(_: str) -> dict[str, Any]:
        reached.set()
        assert go.wait(30)
        return {"keys": []}

    issuer = Issuer(**provider.settings)
    sync = Authenticator(
        [issuer],
        KeyRing(records),
        keys_of=lambda one: ProviderKeys(one.issuer, "https://x/keys", fetch),
    )
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    ago = int(time.time()) - 60
    forged = [provider.token(sub=str(number), iat=ago) for number in range(limits.LOOKUPS_MAX)]
    authenticator = AsyncAuthenticator(sync)

    async def crowd() -> None:
        tasks = [asyncio.create_task(authenticator.authenticate([f"Bearer {t}"])) for t in forged]
        assert await asyncio.to_thread(reached.wait, 30)
        assert (await authenticator.authenticate([f"Bearer {key}"])).name == "k"
        with pytest.raises(Unauthenticated):
            await authenticator.authenticate(["Bearer garbage"])
        with pytest.raises(Overloaded):
            await authenticator.authenticate([f"Bearer {provider.token(sub='one more')}"])
        go.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, Unauthenticated) for one in told)

    asyncio.run(crowd())
    authenticator.close()


def test_a_crowd_of_strangers_keeps_no_key_out_that_was_good(
    records: KeyRecords, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When the seconds of a good key end, it does not stand in line behind keys of nobody.
    """
    reached, go = threading.Semaphore(0), threading.Event()

    class Slow(KeyRecords):
        def find(self, key: str) -> KeyRecord | None:
            if key != good:
                reached.release()
                assert go.wait(30)
            return super().find(key)

    good, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    sync = Authenticator(keys=KeyRing(Slow(records._connect), now=clock))
    authenticator = AsyncAuthenticator(sync)

    async def crowd() -> None:
        await authenticator.authenticate([f"Bearer {good}"])
        clock.seconds += limits.KEYS_KEPT_S
        assert sync.remembered(good) is None
        strangers = [
            asyncio.create_task(authenticator.authenticate([f"Bearer {new_key()}"]))
            for _ in range(limits.LOOKUPS_MAX)
        ]
        for _ in range(limits.STRANGERS_MAX):
            assert await asyncio.to_thread(reached.acquire, timeout=30)
        assert (await authenticator.authenticate([f"Bearer {good}"])).name == "k"
        assert (await asyncio.to_thread(sync.authenticate, [f"Bearer {good}"])).name == "k"
        go.set()
        told = await asyncio.gather(*strangers, return_exceptions=True)
        assert all(isinstance(one, Unauthenticated) for one in told)

    monkeypatch.setattr("auth.key_ring.CONNECTION_WAIT_S_MAX", 60)
    asyncio.run(crowd())
    authenticator.close()


def test_tokens_of_unknown_keys_keep_no_token_of_a_known_one_waiting(provider: Provider) -> None:
    """
    A crowd that waits for a slow provider stands in a line of its own.
    """
    reached, go = threading.Event(), threading.Event()
    named = {"keys": [key.as_dict(private=False) for key in provider.keys]}
    clock = Clock()

    def fetch(_: str) -> dict[str, Any]:
        if clock.seconds > limits.REFETCH_S_MIN:
            reached.set()
            assert go.wait(30)
        return named

    clock.seconds = 0.0
    keys = ProviderKeys(provider.issuer, "https://x/keys", fetch, clock)
    authenticator = AsyncAuthenticator(
        Authenticator([Issuer(**provider.settings)], keys_of=lambda _: keys)
    )
    forged = [provider.of_an_unknown_key() for _ in range(2)]

    async def crowd() -> None:
        await authenticator.authenticate([f"Bearer {provider.token()}"])
        clock.seconds += limits.REFETCH_S_MIN + 1
        tasks = [
            asyncio.create_task(authenticator.authenticate([f"Bearer {forged[at % 2]}{'=' * at}"]))
            for at in range(limits.LOOKUP_THREADS_MAX + 1)
        ]
        assert await asyncio.to_thread(reached.wait, 30)
        another = provider.token(name="another")
        assert (await authenticator.authenticate([f"Bearer {another}"])).name == "another"
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(crowd())
    authenticator.close()


def test_too_many_lookups_are_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch, provider: Provider
) -> None:
    """
    Strangers cannot take up every thread.
    """
    monkeypatch.setattr("auth.lookups.LOOKUPS_MAX", 0)
    token = provider.token()
    with pytest.raises(Overloaded):
        Authenticator([Issuer(**provider.settings)]).authenticate([f"Bearer {token}"])
    waiting = AsyncAuthenticator(Authenticator([Issuer(**provider.settings)]))
    with pytest.raises(Overloaded):
        asyncio.run(waiting.authenticate([f"Bearer {token}"]))
    waiting.close()
