"""The limno command, against the real doors."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from limnograph import cli
from query_engine.service import QueryService
from query_engine.tables.memory import MemoryTables
from tests.sdk.cli.conftest import COMMAND, Limno


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process."""
    code = cli.main(["query", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_table_is_aligned(http_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Numbers to the right, text to the left, control characters visible, long cells cut.
    """
    code, out, err = run(capsys, "SELECT n, name FROM numbers LIMIT 2", "--uri", http_uri)
    assert (code, err) == (0, "")
    assert out == "n  name\n-  ----\n0  n0\n1  n1\n"
    _, out, _ = run(capsys, "SELECT s, t FROM kinds", "--uri", http_uri)
    lines = out.splitlines()
    assert lines[2].startswith('a,\\n"b"')
    assert lines[2].endswith("2023-11-14T22:13:20.123456789Z")
    assert "x" * 119 + "…" in lines[3]


def test_csv_is_for_machines(flight_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Quoted where needed, NULL empty, whole texts, times with nanoseconds.
    """
    code, out, _ = run(
        capsys, "SELECT t, s, b, d FROM kinds", "--uri", flight_uri, "--format", "csv"
    )
    assert code == 0
    assert out.splitlines()[0] == "t,s,b,d"
    assert '2023-11-14T22:13:20.123456789Z,"a,\n""b""",true,2026-01-31\n' in out
    assert out.endswith("x" * 200 + ",,\n")


def test_json_is_one_array_and_ndjson_one_object_a_line(
    flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Either parses; NaN, which JSON does not have, is null; lists stay lists.
    """
    sql = "SELECT t, f, b, l FROM kinds"
    _, lines, _ = run(capsys, sql, "--uri", flight_uri, "--format", "ndjson")
    first, second = map(json.loads, lines.splitlines())
    time = "2023-11-14T22:13:20.123456789Z"
    assert first == {"t": time, "f": 0.5, "b": True, "l": [time]}
    assert second["f"] is None
    assert second["b"] is None
    assert second["l"] == []
    _, array, _ = run(capsys, sql, "--uri", flight_uri, "--format", "json")
    assert json.loads(array) == [first, second]
    _, nothing, _ = run(capsys, "SELECT * FROM empty", "--uri", flight_uri, "--format", "json")
    assert json.loads(nothing) == []


def test_parquet_goes_to_a_file(
    http_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The form follows the file's name; what is there afterwards is whole.
    """
    path = tmp_path / "out.parquet"
    code, out, err = run(
        capsys, "SELECT n, m FROM many", "--uri", http_uri, "--output", str(path), "--limit", "9"
    )
    assert (code, out) == (0, "")
    assert err.startswith("9 rows in ")
    assert pl.read_parquet(path).height == 9
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_query_leaves_no_file(
    http_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    An error is one line on stderr, and the old file stays as it was.
    """
    path = tmp_path / "out.csv"
    path.write_text("old")
    code, out, err = run(capsys, "SELECT s FROM bad", "--uri", http_uri, "--output", str(path))
    assert (code, out) == (1, "")
    assert err.startswith("limno: ")
    assert err.count("\n") == 1
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_exit_codes_tell_what_went_wrong(http_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    1 refused, 2 wrong usage, 3 nobody there.
    """
    assert run(capsys, "SELECT x FROM nowhere", "--uri", http_uri)[0] == 1
    assert run(capsys, "SELECT 1", "--begin", "soon", "--uri", http_uri)[0] == 2
    assert run(capsys, "  ", "--uri", http_uri)[0] == 2
    code, _, err = run(capsys, "SELECT 1", "--uri", "http://127.0.0.1:9")
    assert code == 3
    assert "cannot reach the query service at http://127.0.0.1:9" in err
    assert run(capsys, "SELECT 1", "--uri", http_uri, "--output", "/nowhere/x.csv")[0] == 1
    for wrong in (["--limit", "-1"], ["--format", "xml"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(["query", *wrong])
        assert caught.value.code == 2
    capsys.readouterr()


def test_sql_may_come_from_standard_input_and_output_may_break(http_uri: str) -> None:
    """
    Works in a pipe: reads -, and ends quietly when the reader has seen enough.
    """
    command = [sys.executable, "-m", "limnograph.cli", "query", "-", "--format", "csv",
               "--uri", http_uri]  # fmt: skip
    done = subprocess.run(
        f"{' '.join(command)} | head -1",
        shell=True,
        input="SELECT n, m FROM many",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("n,m\n", "")


def test_a_table_says_how_much_it_leaves_out(
    http_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The rest is read and counted, not held; 0 shows all.
    """
    sql = ("SELECT n FROM numbers ORDER BY n", "--uri", http_uri, "--rows")
    assert run(capsys, *sql, "3")[1] == "n\n-\n0\n1\n2\n… and 7 more rows (--rows 0 shows all)\n"
    assert run(capsys, *sql, "9")[1].endswith("8\n… and 1 more row (--rows 0 shows all)\n")
    assert run(capsys, *sql, "10")[1].endswith("8\n9\n")
    assert run(capsys, *sql, "0")[1].endswith("8\n9\n")
    code, out, err = run(
        capsys, "SELECT n, m FROM many", "--uri", http_uri, "--rows", "1", "--output", "/dev/stderr"
    )
    assert (code, out) == (0, "")
    assert err.endswith("2,000,000 rows in " + err.rsplit("rows in ", 1)[1])


def test_rows_can_stand_one_value_a_line(
    flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Wide rows are readable without a wide terminal.
    """
    _, out, _ = run(
        capsys, "SELECT n, name FROM numbers ORDER BY n", "--uri", flight_uri,
        "--format", "vertical", "--rows", "2",
    )  # fmt: skip
    assert out == (
        "-- row 1\nn     0\nname  n0\n-- row 2\nn     1\nname  n1\n"
        "… and 8 more (--rows 0 shows all)\n"
    )


def test_a_query_comes_from_a_file_too(
    http_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A byte order mark does no harm; what is no text or not there is told.
    """
    path = tmp_path / "q.sql"
    path.write_bytes(b"\xef\xbb\xbfSELECT 1 AS one")
    assert run(capsys, "--file", str(path), "--uri", http_uri)[:2] == (0, "one\n---\n  1\n")
    path.write_bytes(b"SELECT '\xff'")
    code, _, err = run(capsys, "--file", str(path), "--uri", http_uri)
    assert (code, err) == (2, "limno: the SQL is not UTF-8 text\n")
    code, _, err = run(capsys, "--file", str(tmp_path / "none.sql"), "--uri", http_uri)
    assert code == 2
    assert "none.sql" in err


def test_devices_are_written_and_files_keep_their_mode(
    http_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    --output replaces files in one step, follows links, and never replaces a device.
    """
    pipe, path, link = tmp_path / "pipe", tmp_path / "real.csv", tmp_path / "link.csv"
    os.mkfifo(pipe)
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    assert run(capsys, "SELECT 1 AS one", "--uri", http_uri, "--output", str(link))[0] == 0
    assert link.is_symlink()
    assert path.read_text() == "one\n1\n"
    assert path.stat().st_mode & 0o777 == 0o640
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        asked = ("SELECT 1 AS one", "--format", "csv", "--uri", http_uri, "--output", str(pipe))
        assert run(capsys, *asked)[0] == 0
        assert os.read(reader, 100) == b"one\n1\n"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_machine_forms_are_utf8_in_every_locale(http_uri: str, limno: Limno) -> None:
    """
    A terminal that cannot show a character sees its escape; a program gets the character.
    """
    environ = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    asked = ("query", "SELECT 'grüße' AS s", "--uri", http_uri)
    assert limno(*asked, env=environ).stdout == "s\n-----------\ngr\\xfc\\xdfe\n"
    said = limno(*asked, "--format", "csv", env=environ, encoding="utf-8")
    assert said.stdout == "s\ngrüße\n"


def test_help_shows_times_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What one needs is one --help away.
    """
    for arguments in (["--help"], ["query", "--help"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 0
        out = capsys.readouterr().out
        assert all(word in out for word in ("times:", "examples:", "exit codes:"))


def test_values_may_stand_behind_options(limno: Limno, flight_uri: str) -> None:
    """
    People add values at the end; an option that is not known is still refused.
    """
    asked = ("query", "SELECT ? AS a, ? AS b", "--uri", flight_uri, "--format", "csv")
    assert limno(*asked, "x", "-7").stdout.splitlines() == ["a,b", "x,-7"]
    refused = limno(*asked, "x", "--fromat", "json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "unrecognized arguments: --fromat" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--begin", "yesterday"), "'yesterday' is not a time: expected"),
        (("--file", "/nowhere/q.sql"), "--file /nowhere/q.sql: No such file or directory"),
    ],
)
def test_a_mistake_in_an_option_is_wrong_usage(
    limno: Limno, arguments: tuple[str, ...], said: str
) -> None:
    """
    Exit code 2 and one line, before anything is sent.
    """
    ended = limno("query", "SELECT 1", "--uri", "grpc://127.0.0.1:1", *arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"limno: {said}")


def test_standard_files_may_be_closed(flight_uri: str, tmp_path: Path) -> None:
    """
    As daemons start their children: a file is still written, and nothing is a traceback.
    """
    path = tmp_path / "one.csv"
    asked = f"query 'SELECT 1 AS a' --uri {flight_uri} --output {path}"
    line = f"{shlex.join(COMMAND)} {asked} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], check=False, timeout=120).returncode == 0
    assert path.read_text().splitlines() == ["a", "1"]
    line = f"{shlex.join(COMMAND)} query --uri {flight_uri} <&- >&-"
    ended = subprocess.run(
        ["sh", "-c", line], check=False, timeout=120, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (2, "limno: no SQL given\n")


def test_whether_to_wait_for_builds_is_an_option(
    flight_uri: str, service: QueryService, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It reaches the service; unset, the service does as it is set, and another word is refused.
    """
    tables = service._tables
    assert isinstance(tables, MemoryTables)
    before = len(tables.on_demand)
    assert run(capsys, "SELECT 1", "--uri", flight_uri, "--on-demand", "tail")[0] == 0
    assert run(capsys, "SELECT 1", "--uri", flight_uri)[0] == 0
    assert tables.on_demand[before:] == ["tail", "wait"]
    with pytest.raises(SystemExit):
        run(capsys, "SELECT 1", "--uri", flight_uri, "--on-demand", "now")
    assert "invalid choice: 'now'" in capsys.readouterr().err
