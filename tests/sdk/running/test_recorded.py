"""What arrives of a program that knows nothing of us: logs, last words, functions, children."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from limnograph.recorder import CAN_WATCH
from tests.sdk.peer import Peer


def recorded(peer: Peer, folder: Path, program: str, *args: str, **environ: str) -> str:
    """Run a program under `run` and return its output; it has to succeed."""
    (folder / "app.py").write_text(textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-m", "limnograph", "run", *(args or ["app.py"])],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "LIMNO_INGEST_URI": peer.uri,
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_logging_arrives_and_its_output_stays(peer: Peer, tmp_path: Path) -> None:
    """
    Levels are the program's; a handler of ours that it adds itself does not make two of one.
    """
    out = recorded(
        peer,
        tmp_path,
        """
        import logging, sys
        logging.getLogger("early").error("no handler yet")
        logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
        logging.getLogger("shop").info("order of %d", 3, extra={"customer": "ann"})
        logging.getLogger("shop").debug("not wanted")
        import limnograph
        logging.getLogger().addHandler(limnograph.LoggingHandler())
        logging.getLogger("shop").warning("once")
        """,
    )
    assert out == "order of 3\nonce\n"
    rows = peer.rows("log")
    assert [row["msg"] for row in rows] == ["no handler yet", "order of 3", "once"]
    assert rows[1]["target"] == "shop"
    assert rows[1]["properties"] == {"customer": "ann"}
    (process,) = peer.processes.values()
    assert (process.exe, process.properties["service"]) == ("app.py", "app")


def test_options_and_environment_describe_the_run(peer: Peer, tmp_path: Path) -> None:
    """
    --service and --property are what init takes; a module gives its name to the service.
    """
    program = "import limnograph; limnograph.log.debug('hello')"
    options = ["--service", "shop", "--property", "region=eu", "--level", "debug"]
    recorded(peer, tmp_path, program, *options, "-m", "app", "x")
    recorded(peer, tmp_path, program.replace("debug", "info"), "-m", "app", OTEL_SERVICE_NAME="o")
    recorded(peer, tmp_path, program.replace("debug", "info"), "-m", "app")
    first, second, third = peer.processes.values()
    assert (first.properties["service"], first.properties["region"]) == ("shop", "eu")
    assert second.properties["service"] == "o"
    assert third.properties["service"] == "app"
    assert [row["msg"] for row in peer.rows("log")] == ["hello"] * 3


def test_the_exception_that_ends_it_arrives(peer: Peer, tmp_path: Path) -> None:
    """
    The last words: fatal, with the traceback that the program's owner sees.
    """
    (tmp_path / "app.py").write_text("def f(): raise ValueError('boom')\nf()\n")
    done = subprocess.run(
        [sys.executable, "-m", "limnograph", "run", str(tmp_path / "app.py")],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LIMNO_INGEST_URI": peer.uri,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "limnograph" not in done.stderr
    (row,) = peer.rows("log")
    assert (row["level"], row["properties"]["exception.message"]) == (1, "boom")


def test_modules_are_traced(peer: Peer, tmp_path: Path) -> None:
    """
    --trace or LIMNO_TRACE; the script itself where the interpreter tells.
    """
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "cart.py").write_text("def add(): return 1\n")
    program = """
    from shop.cart import add
    def main(): add()
    main()
    """
    for options, environ in (
        (["--trace", "shop.*", "--trace", "__main__", "app.py"], {}),
        (["app.py"], {"LIMNO_TRACE": "shop.*,__main__"}),
    ):
        before = len(peer.rows("cpu"))
        recorded(peer, tmp_path, program, *options, **environ)
        names = [row["name"] for row in peer.rows("cpu")[before:]]
        assert names == (["add", "main"] if CAN_WATCH else ["add"])


def test_libraries_are_recorded_when_the_program_imports_them(peer: Peer, tmp_path: Path) -> None:
    """
    A request is a span; a library that was left out, or never imported, is none.
    """
    program = f"""
    import sys
    assert not {{"requests", "httpx", "sqlalchemy"}} & set(sys.modules)
    import requests
    requests.get("{peer.uri}/", timeout=10)
    """
    recorded(peer, tmp_path, program)
    assert [row["name"] for row in peer.rows("trace")] == ["GET"]
    recorded(peer, tmp_path, program, "--without", "requests", "app.py")
    assert len(peer.rows("trace")) == 1


CHILDREN = """
import logging, multiprocessing, sys

def work(n):
    logging.warning("child %d", n)
    assert __name__ == ("__main__" if sys.argv[1] == "fork" else "__mp_main__")

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    children = [multiprocessing.Process(target=work, args=(n,)) for n in range(2)]
    for child in children: child.start()
    for child in children: child.join()
    assert [child.exitcode for child in children] == [0, 0]
    logging.warning("parent")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("kind", ["script", "module"])
def test_children_of_multiprocessing_are_recorded_too(
    peer: Peer, tmp_path: Path, method: str, kind: str
) -> None:
    """
    Each is a process of its own, with the one that asked for it as parent.
    """
    options = ["app.py"] if kind == "script" else ["-m", "app"]
    recorded(peer, tmp_path, CHILDREN, "--property", "region=eu", *options, method)
    rows = peer.rows("log")
    assert sorted(row["msg"] for row in rows) == ["child 0", "child 1", "parent"]
    (parent,) = (row["block"].process_id for row in rows if row["msg"] == "parent")
    children = {row["block"].process_id for row in rows} - {parent}
    assert len(children) == 2
    for child in children:
        process = peer.processes[child]
        assert process.parent_process_id == parent
        assert process.properties["service"] == "app"
        assert process.properties["region"] == "eu"


def test_a_pool_of_processes_is_recorded(peer: Peer, tmp_path: Path) -> None:
    """
    concurrent.futures with spawn, as servers and data loaders do.
    """
    recorded(
        peer,
        tmp_path,
        """
        import logging, multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def square(n):
            logging.warning("square %d", n)
            return n * n

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                assert list(pool.map(square, range(4))) == [0, 1, 4, 9]
        """,
    )
    found = sorted(row["msg"] for row in peer.rows("log"))
    assert found == [f"square {n}" for n in range(4)]
