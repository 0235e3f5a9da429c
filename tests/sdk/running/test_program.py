"""A program that `run` runs cannot tell: it prints, fails and exits as under python itself."""

import os
import py_compile
import re
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from tests.sdk.peer import Peer

FILES = {
    "show.py": """
        import os, sys
        print(sys.argv, sys.path[0], __name__, __spec__, sorted(globals()))
        print(globals().get("__file__"), __package__, sys.modules["__main__"].__dict__ is globals())
        """,
    "fails.py": """
        def f(n):
            if n: f(n - 1)
            raise ValueError("boom") from KeyError("cause")
        f(2)
        """,
    "wrong.py": "x = = 1\n",
    "exits.py": "import sys; sys.exit({'7': 7, 'text': 'said', '': None}[sys.argv[1]])\n",
    "interrupted.py": "raise KeyboardInterrupt\n",
    "hooked.py": """
        import sys
        sys.excepthook = lambda kind, value, trace: print("hook", kind, trace.tb_lineno)
        raise ValueError
        """,
    "logs.py": """
        import logging
        logging.warning("on stderr")
        logging.getLogger("a").info("nowhere")
        """,
    "configures.py": """
        import logging, sys
        logging.getLogger("early").error("before")
        logging.basicConfig(level=logging.INFO, stream=sys.stdout, force=False)
        logging.info("after")
        """,
    "package/__init__.py": "",
    "package/__main__.py": "import sys; print(__name__, __spec__.name, sys.argv, sys.path[0])\n",
    "package/tool.py": "import package; print(__spec__.name, __package__)\nraise OSError('x')\n",
    "folder/__main__.py": "import sys, beside; print(__spec__.name, sys.argv, sys.path[0])\n",
    "folder/beside.py": "",
}

CASES = [
    ["show.py", "a", "--b", "-m", "run"],
    ["./show.py"],
    ["package/../show.py"],
    ["fails.py"],
    ["wrong.py"],
    ["exits.py", "7"],
    ["exits.py", "text"],
    ["exits.py", ""],
    ["interrupted.py"],
    ["hooked.py"],
    ["logs.py"],
    ["configures.py"],
    ["missing.py"],
    ["-m", "package", "x", "--y"],
    ["-m", "package.tool"],
    ["-m", "missing.module"],
    ["-m", "show", "-c"],
    ["-c", "import sys; print(sys.argv, sys.path[0], __name__, sorted(globals()))", "z", "-m"],
    ["-c", "1 / 0"],
    ["folder", "x"],
    ["archive.zip", "x"],
    ["compiled.pyc", "x"],
    ["linked.py"],
]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with programs of every kind."""
    root = tmp_path_factory.mktemp("programs")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    with zipfile.ZipFile(root / "archive.zip", "w") as archive:
        archive.write(root / "folder/__main__.py", "__main__.py")
        archive.write(root / "folder/beside.py", "beside.py")
    py_compile.compile(str(root / "show.py"), str(root / "compiled.pyc"))
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "real.py").write_text("import sys; print(sys.argv, sys.path[0])\n")
    (root / "linked.py").symlink_to(root / "elsewhere" / "real.py")
    return root


def python(programs: Path, *args: str, **environ: str) -> tuple[int, str, str]:
    """Run python and return its exit code and output."""
    done = subprocess.run(
        [sys.executable, "-B", *args],
        cwd=programs,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, re.sub(r"0x[0-9a-f]+", "0x", done.stdout), done.stderr


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_a_program_runs_as_under_python_itself(programs: Path, peer: Peer, case: list[str]) -> None:
    """
    Exit code, output, tracebacks, arguments, path and the names in `__main__` are the same.
    """
    expected = python(programs, *case)
    found = python(programs, "-m", "limnograph", "run", *case, LIMNO_INGEST_URI=peer.uri)
    assert found == expected


def test_a_safe_path_stays_safe(programs: Path, peer: Peer) -> None:
    """
    With -P neither the script's folder nor the current one comes onto the path.
    """
    expected = python(programs, "-P", "show.py")
    found = python(programs, "-P", "-m", "limnograph", "run", "show.py", LIMNO_INGEST_URI=peer.uri)
    assert found == expected


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "nothing to run"),
        (["--service"], "expected one argument"),
        (["--property", "x", "show.py"], "'x' is no KEY=VALUE"),
        (["--without", "fish", "show.py"], "--without: no fish; there are asyncio, flask, httpx"),
        (["--nonsense", "show.py"], "unrecognized arguments: --nonsense"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    programs: Path, args: list[str], said: str
) -> None:
    """
    Before anything runs, with the code of a usage error.
    """
    code, out, err = python(programs, "-m", "limnograph", "run", *args)
    assert (code, out) == (2, "")
    assert said in err


def test_without_run_it_is_the_client(programs: Path) -> None:
    """
    `python -m limnograph` is `limno`.
    """
    code, out, _ = python(programs, "-m", "limnograph", "--help")
    assert code == 0
    assert "query" in out
