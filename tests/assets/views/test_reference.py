"""The reference page of the views says what the views are."""

from pathlib import Path

from assets.views.reference import page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "views.md"


def test_the_page_is_up_to_date() -> None:
    """
    Run `python -m assets.views.reference > docs/views.md` after changing a view.
    """
    assert PAGE.read_text(encoding="utf-8") == page()
