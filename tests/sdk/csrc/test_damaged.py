"""Damaged memory: packing it is safe, and what comes out is a sound block nevertheless."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from limnograph.wire import container, values, zstd
from limnograph.wire.container import Clock
from tests.sdk.csrc.built import SOURCES, WARNINGS

PARTS = (
    "block_properties", "block_sites", "buffer", "chunks", "chunks_read", "clock", "column",
    "compress", "container", "conversion", "dictionary", "format", "json", "memory", "number_text",
    "pack", "pack_log", "pack_metrics", "pack_spans", "payload_read", "planes", "rows", "sites",
    "timeline", "utf8",
)  # fmt: skip
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ROUNDS = 600


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packing side with a main program that damages what it packs, under sanitizers."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    found = tmp_path_factory.mktemp("damaged") / "damaged"
    sources = [str(SOURCES / f"{name}.c") for name in PARTS]
    main = str(Path(__file__).parent / "damaged.c")
    command = [compiler, "-std=gnu11", "-g", "-O1", *WARNINGS, f"-I{SOURCES}"]
    ends = ["-o", str(found), main, *sources, "-lm", "-ldl", "-lpthread"]
    if subprocess.run([*command, *SANITIZERS, *ends], check=False, capture_output=True).returncode:
        subprocess.run([*command, *ends], check=True)  # a compiler without sanitizers
    return found


def blocks(path: Path) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield (rows, begin, end, container) of what the program packed."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        size, rows, begin, end = struct.unpack_from("<IQqq", data, at)
        at += 28
        yield rows, begin, end, data[at : at + size]
        at += size


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_memory_is_packed_into_sound_blocks(
    program: Path, tmp_path: Path, seed: int
) -> None:
    """
    No read outside the memory, no undefined arithmetic, and a reader accepts every block.
    """
    out = tmp_path / "blocks"
    done = subprocess.run(
        [program, str(seed), str(ROUNDS), str(out)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    count = 0
    for rows, begin, end, raw in blocks(out):
        count += 1
        if count % 20:
            continue  # reading in plain Python takes longer than packing
        block = container.open(zstd.compress(raw))
        clock: Clock = block.clock
        values.check(
            block, nb_objects=rows, time_range_ns=(clock.unix_ns(begin), clock.unix_ns(end))
        )
    assert count > ROUNDS
