"""Hostile payloads: whatever the bytes are, a decoder answers with rows or with BlockCorrupt."""

import json
import random

import pytest

from assets.decode.catalog import DECODERS
from assets.errors import BlockCorrupt
from limnograph.wire import zstd

ROUNDS = 1500
INTERESTING = [0, 1, -1, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63), 2**64, 10**30]

SAMPLES = {
    "log": [
        {"time": t, "site": t % 2, "msg": f"größe {t}" * 3, "properties": {"k": str(t), "ß": "é"}}
        for t in range(20)
    ],
    "metrics": [{"time": t, "value": t / 7, "properties": {"host": "h"}} for t in range(20)],
    "cpu": [
        {"begin": t, "duration": 3, "id": t + 1, "parent": t, "properties": {"a": "b"}}
        for t in range(20)
    ],
    "image": [
        {"time": t, "name": f"n{t % 3}", "format": "png", "data": bytes([t]) * t} for t in range(20)
    ],
}


def raw_of(payload: bytes) -> bytes:
    """Return what the zstd frame holds."""
    return zstd.decompress(payload, 1 << 24, "test")


def mutate_bytes(rnd: random.Random, raw: bytes) -> bytes:
    """Change, cut, repeat or insert some bytes."""
    data = bytearray(raw)
    for _ in range(rnd.choice([1, 1, 2, 8])):
        at = rnd.randrange(len(data)) if data else 0
        change = rnd.randrange(6)
        if change <= 2:
            data[at : at + 1] = bytes([rnd.randrange(256)])
        elif change == 3:
            data[at : at + 4] = rnd.choice(INTERESTING).__and__(2**32 - 1).to_bytes(4, "little")
        elif change == 4:
            del data[at : at + rnd.choice([1, 4, 64])]
        else:
            data[at:at] = bytes(data[at : at + rnd.choice([1, 4, 64])])
    return bytes(data)


def mutate_header(rnd: random.Random, raw: bytes) -> bytes:
    """Change one value anywhere in the JSON header, and keep the container well formed."""
    size = int.from_bytes(raw[12:16], "little")
    buffers = raw[16 + size + (-(16 + size) % 64) :]
    header = json.loads(raw[16 : 16 + size])
    node, key = header, rnd.choice(list(header))
    while isinstance(node[key], dict | list) and node[key] and rnd.random() < 0.85:
        node = node[key]
        key = rnd.choice(list(node)) if isinstance(node, dict) else rnd.randrange(len(node))
    value = node[key]
    near = [value + 1, value - 1, value * 2, value + 64] if type(value) is int else []
    node[key] = rnd.choice([*near, *INTERESTING, "", "x", None, [], {}, True, 1.5, "\ud800"])
    text = json.dumps(header).encode()
    start = raw[:12] + len(text).to_bytes(4, "little") + text
    return start + bytes(-len(start) % 64) + buffers


@pytest.mark.parametrize("tag", list(SAMPLES))
@pytest.mark.parametrize("mutate", [mutate_bytes, mutate_header])
def test_mutated_payloads_are_read_or_corrupt_but_never_worse(make_block, tag, mutate) -> None:
    """
    No mutation crashes the decoder or raises anything but BlockCorrupt, and rows that it does
    return can be read to the last value.
    """
    made = make_block(tag, SAMPLES[tag])
    raw = raw_of(made.payload)
    decoder = DECODERS["limnograph/v1", tag]
    rnd = random.Random(f"{tag} {mutate.__name__}")
    corrupt = 0
    for _ in range(ROUNDS):
        payload = zstd.compress(mutate(rnd, raw))
        try:
            rows = decoder.decode(payload, made.ref)
        except BlockCorrupt:
            corrupt += 1
        else:
            assert len(rows.rows()) == made.ref.nb_objects
    assert corrupt > ROUNDS // 3, "the mutations do reach what is checked"


def test_mutated_frames_are_corrupt(make_block) -> None:
    """
    A damaged zstd frame is corrupt, unless the damage does not change what it holds.
    """
    made = make_block("log", SAMPLES["log"])
    decode = DECODERS["limnograph/v1", "log"].decode
    rows = decode(made.payload, made.ref)
    rnd = random.Random(7)
    corrupt = 0
    for _ in range(ROUNDS):
        payload = mutate_bytes(rnd, made.payload)
        try:
            assert decode(payload, made.ref).equals(rows)
        except BlockCorrupt:
            corrupt += 1
    assert corrupt > ROUNDS * 0.9


def test_what_is_no_frame_is_corrupt(make_block) -> None:
    """
    Nothing, zeros, a cut frame and two frames are all refused.
    """
    made = make_block("log", SAMPLES["log"])
    for junk in (b"", b"\0" * 100, made.payload[:-1], made.payload * 2):
        with pytest.raises(BlockCorrupt):
            DECODERS["limnograph/v1", "log"].decode(junk, made.ref)
