"""API keys from the operator's command line."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.errors import CallerError
from auth.key_records import KeyRecords
from auth.key_text import is_key
from stack.cli import main
from stack.keys import expiry


@pytest.fixture(autouse=True)
def lake(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMNO_DATABASE_URL", database_url)
    monkeypatch.setenv("LIMNO_ROOT_URI", "file:///nowhere")


def test_a_key_is_made_shown_once_listed_and_revoked(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The whole life of a key, by the operator who has the database.
    """
    made = ["keys", "create", "shop", "--scope", "ingest", "--expires", "90d"]
    assert main([*made, "--write-audience", "team-a"]) == 0
    said = capsys.readouterr()
    key = said.out.strip()
    assert is_key(key)
    assert key not in said.err
    records = KeyRecords(lambda: psycopg.connect(database_url, autocommit=True))
    record = records.find(key)
    assert record is not None
    assert record.write_audience == "team-a"
    assert record.created_by.startswith("limnod: ")
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert key not in listed
    assert key[:12] in listed
    assert "good" in listed
    assert main(["keys", "revoke", key[:12]]) == 0
    capsys.readouterr()
    assert records.find(key) is None
    assert main(["keys", "list"]) == 0
    assert "revoked by limnod: " in capsys.readouterr().out


def test_what_cannot_be_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A wrong time, a wrong audience and an unknown key are mistakes that a person corrects.
    """
    for wrong in (
        ["create", "k", "--scope", "query", "--expires", "soon"],
        ["create", "k", "--scope", "query", "--read-audience", "a b"],
        ["revoke", "limno_nobody"],
    ):
        assert main(["keys", *wrong]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_times_are_days_or_hours() -> None:
    """
    As `limno` writes how long ago something was.
    """
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert expiry(None, now) is None
    assert expiry("12h", now) == now + timedelta(hours=12)
    assert expiry("90d", now) == now + timedelta(days=90)
    with pytest.raises(CallerError):
        expiry("1y", now)


def test_a_database_that_is_not_migrated_is_said_in_a_line(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What to do stands there, and no traceback.
    """
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("DROP TABLE api_keys CASCADE")
    for command in (["create", "k", "--scope", "query"], ["list"], ["revoke", "limno_a"]):
        assert main(["keys", *command]) == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "limnod migrate" in line
