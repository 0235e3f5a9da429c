"""limno logs against a real lake: what it shows, and what it shows while the lake goes on."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import limnograph
from limnograph import log
from tests.sdk.cli.conftest import COMMAND, Limno, Terminal
from tests.sdk.cli.real_lake import QueryService

pytestmark = pytest.mark.slow
SECONDS = 90


def wait_for(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def test_following_shows_every_entry_once_through_a_restart(
    query: QueryService, tmp_path: Path
) -> None:
    """
    What was there comes first, what becomes visible later follows, though the service goes away in
    between; Ctrl-C ends it as if it had been done.
    """
    log.info("number %d", 0)
    assert limnograph.flush(30)
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as shown, err.open("wb") as said:
        tail = subprocess.Popen(
            [
                *COMMAND,
                "logs",
                "-f",
                "--format",
                "ndjson",
                "--process",
                "web shop",
                "--uri",
                query.flight,
            ],
            stdout=shown,
            stderr=said,
        )

    def numbers() -> list[int]:
        lines = out.read_text().splitlines()
        return [int(json.loads(line)["msg"].split()[1]) for line in lines if line.endswith("}")]

    def state() -> tuple[list[int], str]:
        return numbers(), err.read_text()

    try:
        wait_for(lambda: numbers() == [0], state)
        for number in range(1, 30):
            log.info("number %d", number)
            assert limnograph.flush(30)
        wait_for(lambda: 10 in numbers(), state)
        query.stop()
        for number in range(30, 60):
            log.info("number %d", number)
            assert limnograph.flush(30)
        wait_for(lambda: "trying again" in err.read_text(), state)
        query.start_again()
        log.info("number %d", 60)
        assert limnograph.flush(30)
        wait_for(lambda: 60 in numbers(), state)
        wait_for(lambda: "the service answers again" in err.read_text(), state)
        assert sorted(numbers()) == list(range(61))
        tail.send_signal(signal.SIGINT)
        assert tail.wait(60) == 0
        assert "Traceback" not in err.read_text()
    finally:
        tail.kill()
        tail.wait(30)


def test_entries_are_lines_with_colours_on_a_terminal_only(
    query: QueryService, limno: Limno, terminal: Callable[..., Terminal]
) -> None:
    """
    The newest in the order of time; level, process and text choose; values cannot command the
    terminal; NO_COLOR is obeyed.
    """
    log.error("the provider\nsaid \x1b[2Jno")
    log.info("all well", route="/checkout")
    log.debug("detail")
    assert limnograph.flush(30)
    logs = ("logs", "--uri", query.http)
    plain = limno(*logs).stdout
    assert re.fullmatch(
        r"\S{10}T\S{12}Z  ERROR  web shop  tests\.\S+  the provider\n    said \\x1b\[2Jno\n"
        r"\S{10}T\S{12}Z  INFO   web shop  tests\.\S+  all well\n"
        r"\S{10}T\S{12}Z  DEBUG  web shop  tests\.\S+  detail\n",
        plain,
    ), plain
    assert "route=/checkout" in limno(*logs, "--properties").stdout
    assert limno(*logs, "--level", "error").stdout.count("Z  ") == 1
    assert limno(*logs, "--level", "info", "--limit", "1").stdout.count("all well") == 1
    assert limno(*logs, "--search", "ALL W").stdout.count("\n") == 1
    assert limno(*logs, "--process", "web shop").stdout == plain
    assert limno(*logs, "--process", limnograph.process_id() or "").stdout == plain
    assert limno(*logs, "--process", "sho").stdout == ""
    wrong = limno(*logs, "--level", "loud")
    assert wrong.returncode == 2
    assert "'loud' is no level: fatal, error" in wrong.stderr
    code, coloured, err = terminal(*logs).end()
    assert code == 0, err
    assert "\x1b[31mERROR\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
    assert "\x1b" not in terminal(*logs, NO_COLOR="1").end()[1]


def test_a_reader_that_leaves_ends_the_following(query: QueryService) -> None:
    """
    `limno logs -f | head -1` comes back although no further entry arrives.
    """
    log.info("the only one")
    assert limnograph.flush(30)
    command = " ".join([*COMMAND, "logs", "-f", "--uri", query.flight])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the only one" in done.stdout
