"""Damaged memory and unfetched blocks: programs of the packing side, run under sanitizers."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from limnograph.wire import container, values, zstd
from limnograph.wire.container import Clock
from tests.sdk.csrc.built import SOURCES, WARNINGS

HERE = Path(__file__).parent
PARTS = (
    "block_properties", "block_sites", "buffer", "cells", "chunks", "chunks_read", "clock",
    "column", "compress", "container", "conversion", "dictionary", "finished", "flush", "format",
    "json", "memory", "number_text", "pack", "pack_log", "pack_metrics", "pack_spans",
    "payload_read", "planes", "rows", "sites", "timeline", "utf8",
)  # fmt: skip
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ROUNDS = 600


def made(directory: Path, main: str) -> Path:
    """Return the program of *main* and the packing side, with sanitizers where there are any."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    found = directory / main
    sources = [str(SOURCES / f"{name}.c") for name in PARTS]
    command = [compiler, "-std=gnu11", "-g", "-O1", *WARNINGS, f"-I{SOURCES}"]
    ends = ["-o", str(found), str(HERE / f"{main}.c"), *sources, "-lm", "-ldl", "-lpthread"]
    if subprocess.run([*command, *SANITIZERS, *ends], check=False, capture_output=True).returncode:
        subprocess.run([*command, *ends], check=True)  # a compiler without sanitizers
    return found


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packing side with a main program that damages what it packs."""
    return made(tmp_path_factory.mktemp("damaged"), "damaged")


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


def test_blocks_that_nobody_fetches_are_bounded(tmp_path: Path) -> None:
    """
    Beyond FINISHED_BLOCKS_MAX events stay in their chunks, where their own bound holds.
    """
    done = subprocess.run([made(tmp_path, "overfull")], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
