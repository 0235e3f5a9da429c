"""The source distribution, and wheels made from it for every CPython of this machine."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.sdk.packaging.interpreters import SDK, Environment, Interpreter, found, run

INTERPRETERS = found()
OURS = INTERPRETERS[0]
SMOKE = Path(__file__).with_name("smoke.py")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the source distribution from a copy, so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("sdist")
    left_out = shutil.ignore_patterns("*.so", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(SDK, folder / "sdk", ignore=left_out)
    setup = [sys.executable, "setup.py", "-q", "sdist", "--dist-dir", str(folder)]
    run(setup, cwd=folder / "sdk")
    (made,) = folder.glob("*.tar.gz")
    return made


def wheel_of(sdist: Path, folder: Path, environment: Environment, **environ: str) -> Path:
    """Build the wheel of a source distribution, with pip, as pip does for its users."""
    command = [environment.python, "-m", "pip", "wheel", "--disable-pip-version-check", "-q"]
    run([*command, "--no-deps", "-w", str(folder), str(sdist)], **environ)
    (made,) = folder.glob("*.whl")
    return made


def smoke(environment: Environment, **environ: str) -> dict[str, object]:
    """Run the program that uses what was installed."""
    said = run([environment.python, "-W", "error", str(SMOKE)], cwd=SMOKE.parent, **environ)
    told: dict[str, object] = json.loads(said.splitlines()[-1])
    assert told["complete"], told
    assert told["failures"] == 0
    assert told["dropped"] == 0
    assert told["rows"] == {"log": 311, "metrics": 600, "spans": 321}
    return told


@pytest.mark.slow
@pytest.mark.parametrize("interpreter", INTERPRETERS, ids=str)
def test_a_wheel_from_the_source_distribution_works(
    sdist: Path, tmp_path: Path, interpreter: Interpreter
) -> None:
    """
    Natively where the recorder knows the interpreter, in pure Python elsewhere; both say which.
    """
    environment = Environment(tmp_path / "venv", interpreter)
    wheel = wheel_of(sdist, tmp_path, environment)
    names = zipfile.ZipFile(wheel).namelist()
    native = any(re.match(r"limnograph/_recorder\..*\.so$", name) for name in names)
    assert native == interpreter.native
    assert wheel.name.endswith("-none-any.whl") != native
    assert "limnograph/py.typed" in names
    assert not [name for name in names if name.endswith((".c", ".h", ".sh"))]
    environment.install(str(wheel))
    run([environment.python, "-m", "pip", "check"])
    assert smoke(environment)["native"] == native
    if native:
        assert not smoke(environment, LIMNO_RECORDER="python")["native"]


@pytest.mark.slow
def test_without_a_compiler_the_wheel_is_pure_and_says_so(sdist: Path, tmp_path: Path) -> None:
    """
    No error: an application installs on a machine without a compiler, and records in Python.
    """
    environment = Environment(tmp_path / "venv", OURS)
    said = environment.install("--no-cache-dir", str(sdist), CC="no-such-compiler")
    assert "without the C recorder, as there is no compiler (no-such-compiler)" in said
    assert not smoke(environment)["native"]
    command = [environment.python, "-c", "from limnograph import log"]
    with pytest.raises(AssertionError, match=r"ImportError.*LIMNO_RECORDER"):
        run(command, LIMNO_RECORDER="c")


def unpack(sdist: Path) -> None:
    """Unpack it beside itself; ``tarfile`` of each Python has another way to be told of trust."""
    subprocess.run(["tar", "xf", sdist, "-C", sdist.parent], check=True)


def test_the_source_distribution_is_whole(sdist: Path) -> None:
    """
    Every C file and header, the licence and the typing marker are in it, and nothing built.
    """
    unpack(sdist)
    (root,) = (path for path in sdist.parent.glob("limnograph-*") if path.is_dir())
    packed = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    sources = {f"csrc/{path.name}" for path in (SDK / "csrc").glob("*.[ch]")}
    assert sources <= packed
    assert {"LICENSE", "README.md", "setup.py", "src/limnograph/py.typed"} <= packed
    assert not [name for name in packed if name.endswith((".so", ".o", ".pyc"))]
    assert (SDK / "LICENSE").read_text() == (SDK.parent / "LICENSE").read_text()


def test_the_metadata_say_what_a_user_asks_first(sdist: Path) -> None:
    """
    Licence, versions of Python, one dependency and only for interpreters without it.
    """
    unpack(sdist)
    (info,) = sdist.parent.glob("limnograph-*/PKG-INFO")
    told = message_from_bytes(info.read_bytes())
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    needed = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert needed == ['backports.zstd<2,>=1.8; python_version < "3.14"']
    classifiers = told.get_all("Classifier", [])
    assert {"Typing :: Typed", "Programming Language :: Python :: 3.14"} <= set(classifiers)


@pytest.mark.skipif(not OURS.native, reason="no compiler or no headers")
def test_the_extension_compiles_without_a_warning(tmp_path: Path) -> None:
    """
    A warning is an error in this repository's C, as in its Python.
    """
    left_out = shutil.ignore_patterns("*.so", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(SDK, tmp_path / "sdk", ignore=left_out)
    environ = {"LIMNO_BUILD_RECORDER": "c", "LIMNO_BUILD_FLAGS": "-Werror -O1"}
    run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], tmp_path / "sdk", **environ)
    assert list((tmp_path / "sdk" / "src" / "limnograph").glob("_recorder*.so"))
