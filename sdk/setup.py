"""
The C recorder as an optional extension: where it cannot be built the package is pure Python.

LIMNO_BUILD_RECORDER=c makes such a build fail instead, =python leaves the extension out. Wheels are
for any x86-64 or ARM machine of their platform: nothing is tuned to the machine that builds them.
"""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from setuptools import Extension, setup

HERE = Path(__file__).resolve().parent
VERSIONS = ((3, 11), (3, 14))
"""The first and the last CPython whose frames and contexts the recorder knows."""

WANTED = os.environ.get("LIMNO_BUILD_RECORDER", "")


def unsupported() -> str:
    """Return why the extension is not for this interpreter; empty where it is."""
    if sys.implementation.name != "cpython":
        return f"it is for CPython, not for {sys.implementation.name}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it needs the GIL, and this interpreter is free-threaded"
    if sys.platform not in {"linux", "darwin"}:
        return f"it is for Linux and macOS, not for {sys.platform}"
    if sys.maxsize < 2**32 or sys.byteorder != "little":
        return "it is for 64-bit little-endian machines"
    if not VERSIONS[0] <= sys.version_info[:2] <= VERSIONS[1]:
        return f"it does not know CPython {sys.version_info[0]}.{sys.version_info[1]}"
    return ""


def not_compilable() -> str:
    """Return why nothing can be compiled for this interpreter here; empty where it can."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    include = sysconfig.get_path("include")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <Python.h>\n")
        command = [*compiler, f"-I{include}", "-c", str(source), "-o", str(source) + ".o"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return f"there is no compiler ({compiler[0]})"
    if done.returncode == 0:
        return ""
    if not Path(include, "Python.h").exists():
        return "Python's headers are missing (on Debian: apt install python3-dev)"
    return f"{compiler[0]} fails: {done.stderr.strip()[-300:]}"


def recorder() -> list[Extension]:
    """Return the extension, or nothing where it cannot be built, which is said."""
    if WANTED == "python":
        return []
    reason = "" if WANTED == "c" else unsupported() or not_compilable()
    if reason:
        sys.stderr.write(f"limnograph: without the C recorder, as {reason}\n")
        return []
    return [
        Extension(
            "limnograph._recorder",
            sources=sorted(f"csrc/{path.name}" for path in (HERE / "csrc").glob("*.c")),
            depends=sorted(f"csrc/{path.name}" for path in (HERE / "csrc").glob("*.h")),
            extra_compile_args=[
                "-std=gnu11", "-O3", "-g1", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wshadow",
                *shlex.split(os.environ.get("LIMNO_BUILD_FLAGS", "")),
            ],
            extra_link_args=shlex.split(os.environ.get("LIMNO_BUILD_FLAGS", "")),
            libraries=["dl", "m", "pthread"] if sys.platform == "linux" else [],
            optional=WANTED != "c",
        )
    ]  # fmt: skip


setup(ext_modules=recorder())
