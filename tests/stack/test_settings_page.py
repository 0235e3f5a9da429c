"""The settings reference is complete and current."""

from pathlib import Path

import pytest

from assets.storage.settings import Settings
from stack.settings import GivenLakeSettings
from stack.settings_page import ALL_SETTINGS, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_settings_page_is_current() -> None:
    """
    The page is what the classes say; `python -m stack.settings_page > docs/settings.md` renews it.
    """
    assert (ROOT / "docs" / "settings.md").read_text() == page()


def test_every_settings_class_is_on_the_page() -> None:
    """
    A new service's settings are documented or this test fails.
    """
    known = {*ALL_SETTINGS, GivenLakeSettings}
    found = {cls for cls in Settings.__subclasses__() if cls.__module__.count("test") == 0}
    assert found <= known


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=lambda cls: cls.__name__)
def test_every_setting_has_its_sentence(settings: type[Settings]) -> None:
    """
    A setting says what it does, and settings cannot be changed once read.
    """
    assert settings.model_config.get("frozen")
    assert settings.toml_section
    for name, field in settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
