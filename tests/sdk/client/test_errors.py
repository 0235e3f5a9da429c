"""What goes wrong, as its caller sees it: the same over both doors."""

import pickle
import socket
import threading
from collections.abc import Iterator

import pytest

import limnograph
from limnograph.client import AccessDenied, Client, QueryError, SqlError, TimedOut, Unreachable
from limnograph.client.errors import error_of

WRONG = [
    ("SELECT\n  nme\nFROM numbers", "unknown_column", 2, 3),
    ("SELECT n FROM nowhere", "unknown_table", 1, 15),
    ("SELECT n FORM numbers", "sql_syntax", 1, None),
    ("SELECT nosuch(n) FROM numbers", "unknown_function", 1, 8),
    ("SELECT name + true FROM numbers", "sql_type", 1, None),
]


@pytest.mark.parametrize(("sql", "code", "line", "column"), WRONG)
def test_an_error_of_the_sql_says_what_and_where(
    lake: Client, sql: str, code: str, line: int, column: int | None
) -> None:
    """
    Code, text, line and column apart from each other; ``str`` shows them together.
    """
    with pytest.raises(SqlError) as caught:
        lake.query(sql)
    error = caught.value
    assert (error.code, error.line) == (code, line)
    assert column is None or error.column == column
    assert error.sql == sql
    assert error.query_id
    assert "query_id" not in error.text
    assert "line" not in error.text
    lines = str(error).split("\n")
    assert lines[0] == f"{error.text} ({code})"
    assert lines[1] == f"{line:>4} | {sql.splitlines()[line - 1]}"
    assert lines[2].endswith("^")


def test_both_doors_say_the_same(flight_uri: str, http_uri: str) -> None:
    """
    A program that reads codes need not know which door it uses.
    """

    def said(uri: str, sql: str) -> list[object]:
        with limnograph.connect(uri) as lake, pytest.raises(QueryError) as caught:
            lake.query(sql).arrow()
        found = caught.value
        return [type(found), found.code, found.text, found.line, found.column, found.hint]

    for sql, *_ in [*WRONG, ("SELECT CAST(name AS BIGINT) AS x FROM numbers",)]:
        assert said(flight_uri, sql) == said(http_uri, sql)


def test_hints_stand_below_the_caret(lake: Client) -> None:
    """
    What to write instead is the last line.
    """
    with pytest.raises(SqlError) as caught:
        lake.query("SELECT name AS é, nam FROM numbers")
    assert caught.value.hint
    assert str(caught.value).split("\n")[-1] == f"hint: {caught.value.hint}"


def test_an_error_without_its_sql_still_says_where() -> None:
    """
    In a log that has the text only.
    """
    error = error_of("sql_syntax", "no", line=2, column=3, hint="try x")
    assert str(error) == "no (sql_syntax), line 2, column 3; try x"


def test_errors_travel_between_processes() -> None:
    """
    Workers hand their errors over whole.
    """
    error = error_of("time_limit", "too long", query_id="q", sql="SELECT 1", line=1, column=1)
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is TimedOut
    assert (str(copied), copied.__dict__) == (str(error), error.__dict__)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("permission_denied", AccessDenied),
        ("unauthenticated", AccessDenied),
        ("unavailable", Unreachable),
        ("too_many_queries", QueryError),
        ("ambiguous_column", SqlError),
    ],
)
def test_kinds_follow_the_code(code: str, kind: type[QueryError]) -> None:
    """
    A program catches what it can do something about.
    """
    assert type(error_of(code, "x")) is kind


def test_the_wrong_door_is_told_from_an_absent_service(flight_uri: str, http_uri: str) -> None:
    """
    The port of the one door, asked in the language of the other.
    """
    with (
        limnograph.connect(flight_uri.replace("grpc", "http")) as lake,
        pytest.raises(Unreachable, match="grpc://"),
    ):
        lake.query("SELECT 1")
    with (
        limnograph.connect(http_uri.replace("http", "grpc"), retry_seconds=0) as lake,
        pytest.raises(Unreachable, match="cannot reach"),
    ):
        lake.query("SELECT 1", timeout=60)


@pytest.mark.parametrize("door", ["grpc", "http"])
def test_an_absent_service_is_asked_whether_it_runs(door: str) -> None:
    """
    Nobody at a known machine.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        limnograph.connect(f"{door}://127.0.0.1:{port}") as lake,
        pytest.raises(Unreachable, match="is it running") as caught,
    ):
        lake.query("SELECT 1")
    assert f"{door}://127.0.0.1:{port}" in caught.value.text


@pytest.mark.parametrize("door", ["grpc", "http"])
def test_an_unknown_machine_is_called_that(door: str) -> None:
    """
    A name that nobody has.
    """
    with (
        limnograph.connect(f"{door}://nobody.invalid:9", retry_seconds=5) as lake,
        pytest.raises(Unreachable, match="host name is not known"),
    ):
        lake.query("SELECT 1")


@pytest.fixture
def silent() -> Iterator[int]:
    """Port of somebody who takes connections, says something that is no protocol, and leaves."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024)
                    connection.sendall(b"220 hello\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize("door", ["grpc", "http"])
def test_something_else_at_the_address_is_no_query_service(door: str, silent: int) -> None:
    """
    A mail server, say.
    """
    with (
        limnograph.connect(f"{door}://127.0.0.1:{silent}", retry_seconds=0) as lake,
        pytest.raises(Unreachable, match="cannot reach"),
    ):
        lake.query("SELECT 1", timeout=60)
