"""What the SDK sent in a test: rows by kind, as the receiver stored them."""

import time
from typing import Any

import limnograph
from tests.sdk.peer import Peer

Row = dict[str, Any]

DEADLINE_S = 20.0


def _sent(peer: Peer, tag: str) -> list[Row]:
    assert limnograph.flush(10), limnograph.stats()
    return peer.rows(tag)


def spans(peer: Peer) -> list[Row]:
    """Return the rows of spans of both kinds in the order of their begins."""
    found = _sent(peer, "cpu") + [_alike(row) for row in peer.rows("trace")]
    return sorted(found, key=lambda row: row["id"])


def _alike(row: Row) -> Row:
    """Return a trace span as a profile span would look like: what both kinds say is the same."""
    own = {key.removeprefix("limnograph."): text for key, text in row["properties"].items()}
    return {**row, "status": row["status"] or 1, "depth": 0, "properties": own}


def attributes(row: Row) -> dict[str, str]:
    """Return what is told about a span, without the ids that every trace span has."""
    return {k: v for k, v in row["properties"].items() if k not in {"trace_id", "span_id"}}


def spans_named(peer: Peer, name: str, count: int = 1) -> list[Row]:
    """Wait until there are *count* spans of a name: a server ends them after its answer."""
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        found = [row for row in spans(peer) if row["name"] == name]
        if len(found) >= count or time.monotonic() > deadline_s:
            assert len(found) == count, [row["name"] for row in spans(peer)]
            return found
        time.sleep(0.01)


def logs(peer: Peer) -> list[Row]:
    """Return the log rows."""
    return _sent(peer, "log")


def measures(peer: Peer, name: str) -> list[Row]:
    """Return the rows of one metric."""
    return [row for row in _sent(peer, "metrics") if row["name"] == name]
