"""The quick way to read a line finds what the thorough one finds, or leaves it to that one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.otlp_wire.wire import Malformed, Payload
from ingest_api.loki.from_protobuf import walked_entry
from ingest_api.loki.quick_entry import quick_entry
from tests.ingest_api.loki.messages import NOW, message

texts = st.one_of(st.text(max_size=20), st.sampled_from(["x" * 127, "x" * 128, "x" * 16_383]))
usual = st.tuples(
    st.one_of(st.integers(NOW, NOW + 10**9), st.integers(0, 2**62)),
    texts,
    st.dictionaries(texts, texts, max_size=3),
)


def written(line) -> bytes:
    """Return a line as protobuf writes it."""
    return message(({"a": "b"}, [line])).streams[0].entries[0].SerializeToString()


@pytest.mark.parametrize("metadata", [{}, {"trace_id": "0af7651916cd43dd8448eb211c80319c"}])
def test_what_clients_write_is_read_quickly(metadata: dict[str, str]) -> None:
    """
    Whatever its length up to 16 KiB.
    """
    for size in (1, 127, 128, 16_383):
        entry = written((NOW, "x" * size, metadata))
        assert quick_entry(entry, 0, len(entry)) == (NOW, b"x" * size, tuple(metadata.items()))


@settings(max_examples=500, deadline=None)
@given(usual, st.data())
def test_both_ways_find_the_same(line, data: st.DataObject) -> None:
    """
    In what clients write, and in what something happened to.
    """
    entry = written(line)
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(entry)))
        cut = data.draw(st.integers(at, min(len(entry), at + 4)))
        entry = entry[:at] + data.draw(st.binary(max_size=4)) + entry[cut:]
    shifted = b"xx" + entry + b"yy"
    quick = quick_entry(shifted, 2, 2 + len(entry))
    try:
        walked = walked_entry(Payload(shifted), (2, 2 + len(entry)))
    except Malformed:
        walked = None
    assert quick in {None, walked}
