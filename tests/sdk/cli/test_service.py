"""limno tables, describe, processes, status, queries, cancel: what there is and what goes on."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import limnograph
from limnograph.cli import main, table_names
from query_engine.service import QueryService
from tests.sdk.cli.conftest import COMMAND, Limno, Terminal


def test_status_says_what_a_script_and_a_person_want(
    http_uri: str, flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    0 when it answers, 3 when nobody does, 1 when it answers that it cannot.
    """
    for uri in (http_uri, flight_uri):
        code = main(["status", "--uri", uri, "--json"])
        said = json.loads(capsys.readouterr().out)
        # Tables in memory have no processes to count: such a service answers, and is not ready.
        assert (code, said["reachable"], said["ready"]) == (1, True, False)
        assert said["version"].startswith("Limnograph")
        assert said["latency_ms"] > 0
    assert main(["status", "--uri", "http://127.0.0.1:9"]) == 3
    out, err = capsys.readouterr()
    assert out == "service    http://127.0.0.1:9\nreachable  no\n"
    assert "cannot reach the query service" in err


def test_tables_are_listed_and_described(
    flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A name that does not exist is told with the one that was probably meant.
    """
    assert main(["tables", "--uri", flight_uri]) == 0
    listed = capsys.readouterr().out
    assert "numbers" in listed
    assert "information_schema" not in listed
    assert main(["tables", "--all", "--uri", flight_uri]) == 0
    assert "information_schema" in capsys.readouterr().out
    asked = ["describe", "numbers", "--uri", flight_uri, "--format", "csv"]
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["n,Int64,YES", "name,Utf8,YES"]
    assert main(["describe", "numbrs", "--uri", flight_uri]) == 1
    assert capsys.readouterr().err == "limno: there is no table 'numbrs'; did you mean numbers?\n"


def test_a_query_that_is_under_way_is_listed_and_cancelled(
    service: QueryService, http_uri: str, flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Over either door; an id that nothing has is told, and is exit code 1.
    """
    for uri in (http_uri, flight_uri):
        under_way = subprocess.Popen(
            [*COMMAND, "query", "SELECT n FROM gated", "--uri", uri],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not (found := service.running.all()):
            assert under_way.poll() is None
        assert main(["cancel", found[0].query_id, "--uri", uri]) == 0
        assert capsys.readouterr().out == f"cancelled {found[0].query_id}\n"
        _, said = under_way.communicate(timeout=120)
        assert under_way.returncode == 1
        assert "cancel" in said
        assert main(["cancel", found[0].query_id, "--uri", uri]) == 1
        assert "no query" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["cancel", "seven", "--uri", http_uri])
    assert "is not the id of a query" in capsys.readouterr().err


def test_ctrl_c_stops_the_query_at_the_service(
    service: QueryService, flight_uri: str, terminal: Callable[..., Terminal]
) -> None:
    """
    Nothing goes on behind the back of a person who has given up.
    """
    typed = terminal("query", "SELECT n FROM gated", "--uri", flight_uri)
    while not service.running.all():
        pass
    typed.interrupt()
    code, out, err = typed.end()
    assert (code, out) == (130, "")
    assert "limno: interrupted" in err
    assert "Traceback" not in err
    while service.running.all():
        pass


def test_an_error_shows_its_place_in_the_sql(
    http_uri: str, flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The line, a caret under the column, and what to write instead; the same over both doors.
    """
    for uri in (http_uri, flight_uri):
        assert main(["query", "SELECT n,\n  nam FROM numbers", "--uri", uri]) == 1
        assert capsys.readouterr().err == (
            'limno: there is no column "nam"\n   2 |   nam FROM numbers\n     |   ^\n'
            "hint: did you mean name?\n"
        )


def test_values_are_bound_by_position_or_name(
    http_uri: str, flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A value is read as the type that it is compared with, and never as SQL.
    """
    for uri in (http_uri, flight_uri):
        ask = ["query", "--uri", uri, "--format", "csv"]
        assert main([*ask, "SELECT n FROM numbers WHERE n = ? OR name = ?", "3", "n4"]) == 0
        assert capsys.readouterr().out == "n\n3\n4\n"
        named = ["--param", "n=3", "--param", ":s=' OR true --"]
        assert main([*ask, *named, "SELECT n FROM numbers WHERE n = :n OR name = :s"]) == 0
        assert capsys.readouterr().out == "n\n3\n"
    for wrong, said in (
        (["--param", "n", "SELECT :n"], "'n' is not NAME=VALUE"),
        (["--param", "n=1", "--param", "n=2", "SELECT :n"], "n is given twice"),
        (["--param", "n=1", "SELECT ?", "1"], "not both"),
    ):
        assert main(["query", "--uri", http_uri, *wrong]) == 2
        assert said in capsys.readouterr().err


def test_a_time_limit_is_a_failure_that_says_so(
    flight_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    --timeout ends the query here and there.
    """
    assert main(["query", "SELECT n FROM gated", "--uri", flight_uri, "--timeout", "200ms"]) == 1
    assert "took longer than" in capsys.readouterr().err
    assert main(["query", "SELECT 1", "--uri", flight_uri, "--timeout", "soon"]) == 2
    assert capsys.readouterr().err.startswith("limno: --timeout: 'soon' is not a time")


def test_names_of_tables_are_remembered_for_tab(
    http_uri: str, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    TAB asks the service once, then not for an hour; without a service there is nothing to offer.
    """
    monkeypatch.setenv("LIMNO_QUERY_URI", http_uri)

    class Typed:
        profile = uri = timeout = None

    assert table_names.complete("numb", Typed()) == ["numbers"]
    (kept,) = (own_home / ".cache/limnograph").iterdir()
    kept.write_text('["numbers2"]')
    assert table_names.complete("numb", Typed()) == ["numbers2"]
    kept.write_text("broken")
    assert table_names.complete("numb", Typed()) == ["numbers"]
    with limnograph.connect() as lake:
        assert "numbers" in table_names.remember(lake)
    monkeypatch.setenv("LIMNO_QUERY_URI", "http://127.0.0.1:9")
    assert table_names.complete("", Typed()) == []


def test_completion_answers_what_shells_ask(own_home: Path, limno: Limno) -> None:
    """
    Commands, options, formats and profiles; each shell gets a script that asks for them.
    """
    assert limno("profile", "add", "production", "--uri", "grpc://h:1").returncode == 0

    def offered(line: str) -> list[str]:
        answer = own_home / "answer"
        shell = (
            f"COMP_LINE='{line}' COMP_POINT={len(line)} COMP_TYPE=9 _ARGCOMPLETE=1 "
            f"_ARGCOMPLETE_IFS='|' _ARGCOMPLETE_STDOUT_FILENAME={answer} {' '.join(COMMAND)}"
        )
        subprocess.run(["bash", "-c", shell], check=True, timeout=120)
        return [word.strip() for word in answer.read_text().split("|")]

    assert offered("limno pro") == ["processes", "profile"]
    assert "--param" in offered("limno query --pa")
    assert offered("limno query --format nd") == ["ndjson"]
    assert offered("limno query --profile ") == ["production"]
    assert offered("limno profile use p") == ["production"]
    for shell, mark in (("bash", "complete "), ("zsh", "compdef"), ("fish", "complete --command")):
        assert mark in limno("completion", shell).stdout


def test_help_is_quick_because_nothing_heavy_is_imported(limno: Limno) -> None:
    """
    Neither --help nor TAB waits for pyarrow, Polars or a network library.
    """
    script = (
        "import sys; from limnograph.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'polars', 'pandas', 'numpy', 'ssl', 'tomlkit', 'http'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "examples:" in done.stdout
    assert limno("--version").stdout.startswith("limno ")
