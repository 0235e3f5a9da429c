"""Fixtures of the SDK's tests: a receiver, and an SDK that is stopped whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import limnograph
from tests.sdk.peer import Peer


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the processes of this test leave what a crash must not take; no other test looks."""
    place = tmp_path / "state"
    monkeypatch.setenv("LIMNO_STATE_DIR", str(place))
    return place


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
