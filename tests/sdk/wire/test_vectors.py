"""The test vectors of the format, read by this implementation and compared with its writer."""

import json
import math
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from limnograph.wire import FormatError, container, values, zstd
from limnograph.wire.envelope import parse_request
from limnograph.wire.layout import SPANNING_KINDS
from tests.sdk.arrow_reading import read
from tests.sdk.wire import vectors

NAMES = sorted(path.stem for path in vectors.FOLDER.glob("*.bin"))


def case(name: str) -> tuple[bytes, dict[str, Any]]:
    """Return a case's payload and expectation."""
    text = (vectors.FOLDER / f"{name}.expected.json").read_text(encoding="utf-8")
    return (vectors.FOLDER / f"{name}.bin").read_bytes(), json.loads(text)


def rows_of(payload: bytes) -> list[dict[str, Any]]:
    """Return the rows as the expectations write them: times absolute, infinities as text."""
    block, content = container.open(payload), read(payload)
    columns = dict(content["columns"])
    columns.pop("from_the_future", None)
    columns.setdefault("properties", [[]] * block.rows)
    first = "begin" if block.kind in SPANNING_KINDS else "time"
    ticks = list(accumulate(columns.pop(first), initial=block.clock.origin_ticks))[1:]
    durations = columns.pop("duration", [0] * block.rows)
    found = []
    for number, fields in enumerate(zip(*columns.values(), strict=True)):
        row = dict(zip(columns, fields, strict=True))
        row["properties"] = dict(row["properties"])
        if isinstance(row.get("data"), bytes):
            row["data"] = row["data"].hex()
        if isinstance(row.get("value"), float) and math.isinf(row["value"]):
            row["value"] = str(row["value"])
        if block.kind in SPANNING_KINDS:
            row["begin_ns"] = block.clock.unix_ns(ticks[number])
            row["end_ns"] = block.clock.unix_ns(ticks[number] + durations[number])
        else:
            row["time_ns"] = block.clock.unix_ns(ticks[number])
        found.append(row)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_means_what_its_expectation_says(name: str) -> None:
    """
    Good blocks give their rows; corrupt ones their fault, at a byte.
    """
    payload, expected = case(name)
    if "error" in expected:
        with pytest.raises(FormatError, match=expected["error"]) as caught:
            values.check(container.open(payload))
        assert f"byte {caught.value.offset}: " in str(caught.value)
        return
    block = container.open(payload)
    values.check(block, nb_objects=expected["nb_objects"])
    assert block.kind == expected["kind"]
    assert block.header["dropped"] == expected["dropped"]
    assert block.header["sites"] == expected["sites"]
    assert block.header.get("open_spans", []) == expected["open_spans"]
    assert rows_of(payload) == expected["rows"]


def test_the_writer_still_writes_the_vectors() -> None:
    """
    Byte for byte before compression, whose output depends on the library's version.
    """
    written = {name: payload for name, payload, _ in vectors.files()}
    assert sorted(written) == NAMES
    for name, (payload, _) in vectors.GOOD.items():
        kept = (vectors.FOLDER / f"{name}.bin").read_bytes()
        assert zstd.decompress(payload, 1 << 20, "") == zstd.decompress(kept, 1 << 20, ""), name


def test_the_envelope_vector_reads_back() -> None:
    """
    One process, one stream, one block; its payload is the vector log-plain.
    """
    request = parse_request(Path(vectors.FOLDER / "request.body").read_bytes())
    assert request.process.properties == {"service": "shop", "region": "eu"}
    assert [stream.tags for stream in request.streams] == [("log",)]
    (block,) = request.blocks
    assert block.nb_objects == 2
    assert rows_of(bytes(request.payloads[0]))[0]["msg"] == "order of 3 items"
    opened = container.open(request.payloads[0])
    values.check(opened, time_range_ns=(block.begin_time_ns, block.end_time_ns))
