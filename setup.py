"""The server's C extensions, optional: without a compiler the same is done in Python."""

import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent


def extension(name: str, folder: str) -> Extension:
    """Return the extension that all sources in a folder make."""
    return Extension(
        name,
        sources=sorted(f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.c")),
        depends=sorted(f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.h")),
        extra_compile_args=[
            *("-std=gnu11", "-O3", "-g1", "-fvisibility=hidden", "-flto", "-Wall", "-Wextra"),
        ],
        extra_link_args=["-flto"],
        libraries=["m"],
        optional=True,
    )


EXTENSIONS = [
    extension("assets._native.otlp", "assets/_native"),
    extension("assets.storage._texts", "assets/storage/csrc"),
]

SIXTY_FOUR_BIT_LITTLE_ENDIAN = sys.maxsize > 2**32 and sys.byteorder == "little"

setup(ext_modules=EXTENSIONS if SIXTY_FOUR_BIT_LITTLE_ENDIAN else [])
