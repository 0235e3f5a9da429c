"""assets.storage.settings: arguments, then environment, then limnograph.toml."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from assets.storage.settings import LakeSettings, WrongSettings

TOML = """
[lake]
database_url = "postgresql://file"
root_uri = "file:///file"
s3_region = "eu-west-1"

[ingest]
port = 1
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LIMNO_DATABASE_URL", "LIMNO_ROOT_URI", "LIMNO_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch) -> None:
    """
    A field that neither names keeps its default.
    """
    (tmp_path / "limnograph.toml").write_text(TOML)
    monkeypatch.setenv("LIMNO_ROOT_URI", "file:///environment")
    settings = LakeSettings()
    assert settings.database_url == "postgresql://file"
    assert settings.root_uri == "file:///environment"
    assert settings.s3_region == "eu-west-1"
    assert settings.s3_endpoint_url is None
    assert LakeSettings(root_uri="file:///argument").root_uri == "file:///argument"


def test_another_file_can_be_named(tmp_path: Path, monkeypatch) -> None:
    """
    A named file must exist; the default one need not.
    """
    (tmp_path / "other.toml").write_text(TOML)
    monkeypatch.setenv("LIMNO_CONFIG", str(tmp_path / "other.toml"))
    assert LakeSettings().database_url == "postgresql://file"
    monkeypatch.setenv("LIMNO_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(WrongSettings, match=r"missing\.toml.*LIMNO_CONFIG"):
        LakeSettings()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """
    Without a database there is no lake.
    """
    with pytest.raises(WrongSettings, match="LIMNO_DATABASE_URL is not set"):
        LakeSettings()


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    """
    It would otherwise be ignored, and the default used in silence.
    """
    (tmp_path / "limnograph.toml").write_text(TOML.replace("s3_region", "s3_regoin"))
    with pytest.raises(WrongSettings, match=r"s3_regoin.*did you mean s3_region"):
        LakeSettings()


def test_settings_do_not_change_and_hide_secrets() -> None:
    """
    They are passed around; nobody alters them on the way, and a log line shows no secret.
    """
    settings = LakeSettings(
        database_url="postgresql://x", root_uri="file:///y", s3_secret_access_key="hunter2"
    )
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.root_uri = "z"


def test_a_wrong_value_is_told_with_its_variable_and_meaning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The operator finds what they typed, not the name of a field of ours.
    """
    monkeypatch.setenv("LIMNO_DATABASE_URL", "postgresql://file")
    monkeypatch.setenv("LIMNO_ROOT_URI", "gs://bucket")
    with pytest.raises(WrongSettings) as raised:
        LakeSettings()
    assert "LIMNO_ROOT_URI" in str(raised.value)
    assert "gs://bucket" in str(raised.value)
    assert "s3://bucket/prefix" in str(raised.value)


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/x", "hunter2", "postgresql://u:hunter2@h/x?nonsense=hunter2"]
)
def test_a_wrong_database_url_is_told_without_its_password(url: str) -> None:
    """
    Messages end up in logs.
    """
    with pytest.raises(WrongSettings) as raised:
        LakeSettings(database_url=url, root_uri="file:///y")
    assert "LIMNO_DATABASE_URL" in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_variable_set_to_nothing_is_not_set(tmp_path: Path, monkeypatch) -> None:
    """
    `LIMNO_ROOT_URI= command` and an empty line of an environment file mean "the default".
    """
    (tmp_path / "limnograph.toml").write_text(TOML)
    monkeypatch.setenv("LIMNO_ROOT_URI", "")
    assert LakeSettings().root_uri == "file:///file"


@pytest.mark.parametrize("text", ["[lake", "lake = 5", "\xff"])
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    """
    The message names the file, and where it can, the line.
    """
    (tmp_path / "limnograph.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(WrongSettings, match=r"limnograph\.toml"):
        LakeSettings()


def test_every_field_is_described() -> None:
    """
    The reference page is made of these sentences.
    """
    assert all(field.description for field in LakeSettings.model_fields.values())
