"""The format's test vectors, read by the decoders: writers and readers mean the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from assets.decode.catalog import DECODERS
from assets.decode.limnograph_v1 import traces
from assets.errors import BlockCorrupt
from assets.storage.metadata.records import BlockRef

FOLDER = Path(__file__).parents[3] / "fixtures" / "blocks" / "limnograph-v1"
NAMES = sorted(path.stem for path in FOLDER.glob("*.bin"))
TAGS = {"log": "log", "metrics": "metrics", "spans": "cpu", "traces": "trace", "images": "image"}
SAME = {"span_number": "id", "start_time": "begin", "end_time": "end"}
OWN = [f"limnograph.{name}" for name in (*traces.TEXTS, *traces.LISTS)]
STATUSES = ["UNSET", "OK", "ERROR"]


def block_ref(make_block: Any, tag: str, expected: dict[str, Any]) -> BlockRef:
    """Return the envelope's side of a vector."""
    made = make_block(tag, []).ref
    times = [row.get("begin_ns", row.get("time_ns")) for row in expected.get("rows", [])]
    times += [row["end_ns"] for row in expected.get("rows", []) if "end_ns" in row]
    fields = {name: getattr(made, name) for name in BlockRef.__dataclass_fields__}
    fields["nb_objects"] = expected.get("nb_objects", 2)
    fields["begin_time_ns"] = min(times, default=0)
    fields["end_time_ns"] = max(times, default=2**62)
    return BlockRef(**fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_decodes_to_its_expectation(name: str, make_block: Any) -> None:
    """
    Good vectors give their rows, corrupt ones are refused as a whole.
    """
    payload = (FOLDER / f"{name}.bin").read_bytes()
    expected = json.loads((FOLDER / f"{name}.expected.json").read_text(encoding="utf-8"))
    tag = TAGS[expected.get("kind", "log")]
    decoder = DECODERS["limnograph/v1", tag]
    ref = block_ref(make_block, tag, expected)
    if "error" in expected:
        with pytest.raises(BlockCorrupt):
            decoder.decode(payload, ref)
        return
    frame = decoder.decode(payload, ref).rename(SAME, strict=False)
    rows = frame.to_dicts()
    assert len(rows) == len(expected["rows"])
    for number, (row, want) in enumerate(zip(rows, expected["rows"], strict=True)):
        assert row["properties"] == {
            key: value for key, value in want["properties"].items() if key not in OWN
        }
        assert row["target"] == expected["sites"][want["site"]]["target"]
        for key in ("level", "msg", "id", "depth", "format"):
            assert row.get(key) == want.get(key)
        if "parent" in want and "parent" in row:
            assert row["parent"] == want["parent"]
        if "data" in want:
            assert (row["data"].hex(), row["name"]) == (want["data"], want["name"])
            assert row["payload_size"] == len(row["data"])
        if "value" in want:
            assert repr(row["value"]) == repr(float(want["value"]))
        if "status" in want:
            assert row["status"] == STATUSES[want["status"]]
        for column, key in (("time", "time_ns"), ("begin", "begin_ns"), ("end", "end_ns")):
            if key in want:
                assert frame[column].to_physical()[number] == want[key]
