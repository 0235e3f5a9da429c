"""The C recorder as an optional extension: without a compiler the package is pure Python."""

import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
SOURCES = sorted(f"csrc/{path.name}" for path in (Path(__file__).parent / "csrc").glob("*.c"))
HEADERS = sorted(f"csrc/{path.name}" for path in (Path(__file__).parent / "csrc").glob("*.h"))

RECORDER = Extension(
    "limnograph._recorder",
    sources=SOURCES,
    depends=HEADERS,
    extra_compile_args=["-std=gnu11", "-O3", "-g1", "-fvisibility=hidden", "-Wall", "-Wextra"],
    libraries=["dl", "pthread"] if sys.platform == "linux" else [],
    optional=True,
)

POSIX = sys.platform in {"linux", "darwin"} and sys.maxsize > 2**32 and sys.byteorder == "little"

setup(ext_modules=[RECORDER] if POSIX and not FREE_THREADED else [])
