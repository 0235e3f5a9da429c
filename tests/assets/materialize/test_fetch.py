"""Payloads come in few requests and bounded portions."""

from dataclasses import replace

import pytest

from assets.materialize import fetch
from assets.materialize.fetch import PayloadMissing, payloads, reads_of
from assets.storage.objects import open_store


@pytest.fixture
def store():
    """An empty store in memory."""
    return open_store("memory://", None)


def refs(make_block, key: str, places: list[tuple[int, int]]):
    """Return blocks at (offset, size) of a segment."""
    block = make_block("log", []).ref
    return [
        replace(block, block_id=f"{key}{offset}", object_key=key, payload_offset=offset,
                payload_size=size)
        for offset, size in places
    ]  # fmt: skip


def test_neighbours_share_a_read_and_far_blocks_do_not(make_block, monkeypatch) -> None:
    """
    A gap up to FETCH_GAP_BYTES_MAX is read along; a joined read ends at FETCH_RANGE_BYTES_MAX.
    """
    monkeypatch.setattr(fetch, "FETCH_GAP_BYTES_MAX", 10)
    monkeypatch.setattr(fetch, "FETCH_RANGE_BYTES_MAX", 100)
    blocks = refs(make_block, "a", [(0, 10), (20, 10), (41, 10), (51, 500), (551, 5)])
    blocks += refs(make_block, "b", [(0, 10)])
    reads = reads_of(reversed(blocks))
    assert [(r.object_key, r.offset, r.length, len(r.blocks)) for r in reads] == [
        ("a", 0, 30, 2), ("a", 41, 10, 1), ("a", 51, 500, 1), ("a", 551, 5, 1), ("b", 0, 10, 1),
    ]  # fmt: skip


def test_every_block_gets_its_own_bytes(make_block, store, monkeypatch) -> None:
    """
    Whatever is joined, split into waves or read in parallel, offsets stay right.
    """
    monkeypatch.setattr(fetch, "FETCH_BYTES_MAX", 64)
    wanted = {}
    for key in ("s1", "s2", "s3"):
        data = bytes((n * 7 + len(key)) % 251 for n in range(200))
        store.put_new(key, data)
        for block in refs(make_block, key, [(5, 10), (15, 30), (100, 0), (120, 80)]):
            start = block.payload_offset
            wanted[block.block_id] = (block, data[start : start + block.payload_size])
    found = {
        block.block_id: bytes(payload)
        for block, payload in payloads(store, [block for block, _ in wanted.values()])
    }
    assert found == {id_: data for id_, (_, data) in wanted.items()}


def test_a_short_or_missing_segment_names_itself_and_its_blocks(make_block, store) -> None:
    """
    The operator learns which object to bring back.
    """
    store.put_new("short", b"x" * 10)
    for key in ("short", "absent"):
        blocks = refs(make_block, key, [(0, 5), (6, 20)])
        with pytest.raises(PayloadMissing, match=key) as raised:
            list(payloads(store, blocks))
        assert set(raised.value.blocks) == set(blocks)


def test_no_blocks_need_no_store(store) -> None:
    """
    An empty tail costs nothing.
    """
    assert list(payloads(store, [])) == []
