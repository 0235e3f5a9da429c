"""The extension is optional: where nothing can be compiled, installing goes on without it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.skipif(importlib.util.find_spec("setuptools") is None, reason="no setuptools")
@pytest.mark.parametrize("compiler", ["/bin/false", "/nowhere/gcc"])
def test_without_a_compiler_nothing_is_built_and_nothing_fails(compiler: str, tmp_path) -> None:
    """
    A compiler that fails and one that is absent are said, and Python reads OTLP instead.
    """
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", tmp_path,
         "--build-temp", tmp_path / "objects"],
        cwd=ROOT, env=os.environ | {"CC": compiler, "PYTHONWARNINGS": "ignore"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "assets._native.otlp" in done.stdout + done.stderr
    assert not list(tmp_path.rglob("*.so"))
