"""Fixtures of the SDK's tests: a receiver, and an SDK that is stopped whatever happens."""

from collections.abc import Iterator

import pytest

import limnograph
from tests.sdk.peer import Peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A receiver that accepts everything unless its ``script`` is replaced."""
    found = Peer()
    yield found
    limnograph.shutdown(0.2)
    found.close()


@pytest.fixture
def sdk(peer: Peer) -> Peer:
    """The SDK recording every level into the receiver, which is returned."""
    assert limnograph.init("shop", peer.uri, {"version": "7"}, level="trace", flush_interval_s=30.0)
    return peer
