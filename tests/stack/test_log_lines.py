"""Which lines of the parts' logs people are shown."""

from pathlib import Path

import pytest

from stack.log_lines import ErrorLines, is_error, tail


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-23 00:33:39 +0000 - dagster.daemon - ERROR - Caught an error", True),
        ("2026-11-23 00:33:15.976 UTC [9361] FATAL:  role does not exist", True),
        ("assets.errors.StorageUnavailable: gone", False),
        ("ValueError: wrong", True),
        ("psycopg.errors.OperationalError: gone", True),
        ("Traceback (most recent call last):", False),
        ("INFO 3 errors were retried", False),
        ("WARNING:root:Retrying: FATAL:  the database system is starting up", False),
        ("[9902] FATAL:  the database system is starting up", False),
        ('{"path": "/v1/blocks", "status": 200}', False),
    ],
)
def test_errors_are_told_from_the_rest(line: str, expected: bool) -> None:
    """
    An error is shown by its own line; what only says that another part is restarting is not.
    """
    assert is_error(line) is expected


def test_only_new_whole_lines_are_read(tmp_path: Path) -> None:
    """
    What was there before does not count, half a line waits, and a log that began again is followed.
    """
    log = tmp_path / "part.log"
    log.write_text("ERROR old\n")
    errors = ErrorLines(log)
    assert errors.new(0.0) == []
    with log.open("a") as file:
        file.write("\x1b[31mERROR\x1b[0m new\nERROR ha")
    assert errors.new(1.0) == ["ERROR new"]
    with log.open("a") as file:
        file.write("lf\n")
    assert errors.new(2.0) == ["ERROR half"]
    log.write_text("ERROR again\n")
    assert errors.new(3.0) == ["ERROR again"]


def test_the_end_of_a_log_is_for_messages(tmp_path: Path) -> None:
    """
    A missing or empty log is said, not raised.
    """
    log = tmp_path / "part.log"
    assert tail(log) == "(no log)"
    log.write_text("")
    assert tail(log) == "(empty)"
    log.write_text("\n".join(map(str, range(100))))
    assert tail(log, 2) == "98\n99"
