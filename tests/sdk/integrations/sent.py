"""What the SDK sent in a test: rows by kind, as the receiver stored them."""

from typing import Any

import limnograph
from tests.sdk.peer import Peer

Row = dict[str, Any]


def _sent(peer: Peer, tag: str) -> list[Row]:
    assert limnograph.flush(10)
    return peer.rows(tag)


def spans(peer: Peer) -> list[Row]:
    """Return the span rows in the order of their begins."""
    return sorted(_sent(peer, "cpu"), key=lambda row: row["id"])


def logs(peer: Peer) -> list[Row]:
    """Return the log rows."""
    return _sent(peer, "log")


def measures(peer: Peer, name: str) -> list[Row]:
    """Return the rows of one metric."""
    return [row for row in _sent(peer, "metrics") if row["name"] == name]
