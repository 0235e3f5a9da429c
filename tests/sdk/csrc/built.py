"""Builds files of csrc that need no Python into a library, so that tests call them directly."""

import ctypes
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "sdk" / "csrc"

WARNINGS = ("-Wall", "-Wextra", "-Wshadow", "-Werror")


def built(directory: Path, names: Sequence[str], *flags: str) -> ctypes.CDLL:
    """Return the library of the files *names*; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = directory / "part.so"
    command = [compiler, "-std=gnu11", "-O2", *WARNINGS, *flags, "-fPIC", "-shared"]
    sources = [str(SOURCES / f"{name}.c") for name in names]
    subprocess.run([*command, "-o", str(library), *sources, "-lm"], check=True)
    return ctypes.CDLL(str(library))


class Buffer(ctypes.Structure):
    """``struct buffer`` of buffer.h."""

    _fields_ = (
        ("data", ctypes.POINTER(ctypes.c_uint8)),
        ("size", ctypes.c_size_t),
        ("room", ctypes.c_size_t),
        ("failed", ctypes.c_bool),
    )

    def content(self) -> bytes:
        """Return what is in it."""
        return ctypes.string_at(self.data, self.size) if self.size else b""


class Reader(ctypes.Structure):
    """``struct reader`` of payload_read.h."""

    _fields_ = (("at", ctypes.c_void_p), ("end", ctypes.c_void_p))


def tagged(value: object) -> bytes:
    """Return *value* as payload.h has it."""
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return b"i" + struct.pack("<q", value)
    if isinstance(value, float):
        return b"d" + struct.pack("<d", value)
    if isinstance(value, bytes):
        return b"b" + struct.pack("<I", len(value)) + value
    text = str(value).encode("utf-8", "replace")
    return b"s" + struct.pack("<I", len(text)) + text
