"""assets.storage.settings: arguments, then environment, then limnograph.toml."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from assets.storage.settings import LakeSettings

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
    with pytest.raises(FileNotFoundError, match=r"missing\.toml"):
        LakeSettings()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """
    Without a database there is no lake.
    """
    with pytest.raises(ValidationError, match="database_url"):
        LakeSettings()


def test_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    """
    It would otherwise be ignored, and the default used in silence.
    """
    (tmp_path / "limnograph.toml").write_text(TOML.replace("s3_region", "s3_regoin"))
    with pytest.raises(ValidationError, match="s3_regoin"):
        LakeSettings()


def test_settings_do_not_change_and_hide_secrets() -> None:
    """
    They are passed around; nobody alters them on the way, and a log line shows no secret.
    """
    settings = LakeSettings(database_url="x", root_uri="y", s3_secret_access_key="hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.root_uri = "z"


def test_every_field_is_described() -> None:
    """
    The reference page is made of these sentences.
    """
    assert all(field.description for field in LakeSettings.model_fields.values())
