"""The server's C extension, optional: without a compiler the same is done in Python."""

import sys
from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path(__file__).parent / "assets" / "_native"
SOURCES = sorted(f"assets/_native/{path.name}" for path in NATIVE.glob("*.c"))
HEADERS = sorted(f"assets/_native/{path.name}" for path in NATIVE.glob("*.h"))

OTLP = Extension(
    "assets._native.otlp",
    sources=SOURCES,
    depends=HEADERS,
    extra_compile_args=[
        *("-std=gnu11", "-O3", "-g1", "-fvisibility=hidden", "-flto", "-Wall", "-Wextra"),
    ],
    extra_link_args=["-flto"],
    libraries=["m"],
    optional=True,
)

SIXTY_FOUR_BIT_LITTLE_ENDIAN = sys.maxsize > 2**32 and sys.byteorder == "little"

setup(ext_modules=[OTLP] if SIXTY_FOUR_BIT_LITTLE_ENDIAN else [])
