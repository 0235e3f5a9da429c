"""What is set is looked at as a whole, before anything starts."""

from pathlib import Path

import pytest

from assets.storage.settings import WrongSettings
from stack.all_settings import check_all, unknown_names


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "limnograph.toml"


def test_nothing_has_to_be_set() -> None:
    """
    One machine needs no settings: `limnod up` supplies database and root.
    """
    check_all()


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Also those of parts that start late: Dagster's, whose own complaint would come a minute later.
    """
    monkeypatch.setenv("LIMNO_INGEST_PORT", "abc")
    monkeypatch.setenv("LIMNO_ORCHESTRATION_FIRST_HOUR", "yesterday")
    monkeypatch.setenv("LIMNO_DATABASE_URL", "mysql://h/x")
    with pytest.raises(WrongSettings) as raised:
        check_all()
    assert "LIMNO_INGEST_PORT: 'abc' cannot be used" in str(raised.value)
    assert "LIMNO_ORCHESTRATION_FIRST_HOUR: 'yesterday'" in str(raised.value)
    assert "Port to listen on" in str(raised.value)
    assert "Postgres connection URL of the metadata" in str(raised.value)


def test_a_misspelt_section_is_refused(elsewhere: Path) -> None:
    """
    All its keys would be ignored in silence.
    """
    elsewhere.write_text("[ingset]\nport = 1\n")
    with pytest.raises(WrongSettings, match=r"limnograph\.toml.*ingset.*did you mean ingest"):
        check_all()


def test_a_misspelt_variable_is_pointed_out() -> None:
    """
    It is no error: other programs may have variables of that prefix; our own are known.
    """
    said = unknown_names(
        {"LIMNO_INGET_PORT": "1", "LIMNO_INGEST_PORT": "1", "LIMNO_INGEST_URI": "x", "HOME": "/"}
    )
    assert said == [
        "LIMNO_INGET_PORT is set, but there is no such setting; did you mean LIMNO_INGEST_PORT?"
    ]
