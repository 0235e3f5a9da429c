"""
What the documentation says is there: links, metrics, public names, queries.

The reference pages of views, functions and settings are compared with the code beside each.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import limnograph
from ingest_api.metrics import Metrics
from limnograph import Limits
from query_engine.metrics import QueryMetrics
from query_engine.sql import plan
from query_engine.tables.catalog import SchemaCatalog
from tests.test_repo import tracked

ROOT = Path(__file__).resolve().parent.parent
PAGES = tracked("*.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
QUERY = re.compile(r"limno query \"((?:[^\"\\]|\\.)+)\"")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as web hosts of Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """
    A reader who follows a link finds the page, and the heading that it names.
    """
    for link in LINK.findall(page.read_text()):
        target, _, anchor = link.partition("#")
        if "://" in link:
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(found), f"{link}: no such heading"


def test_every_page_is_found_from_the_first() -> None:
    """
    The table of the README leads to every page of docs/.
    """
    found = set(LINK.findall((ROOT / "README.md").read_text()))
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")}
    assert pages <= found


def metrics_of_the_services() -> Iterator[str]:
    """Yield every metric's name as a scrape shows it, without what histograms add."""
    text = (Metrics(lambda: 0).text() + QueryMetrics().text()).decode()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        if not name.endswith("_created"):
            yield name if kind != "counter" or name.endswith("_total") else f"{name}_total"


def test_every_metric_stands_in_the_documentation() -> None:
    """
    An operator finds what a number means.
    """
    said = "\n".join(page.read_text() for page in PAGES)
    listed = re.findall(r"`(limnograph_\w+_)\{([a-z,]+)\}`", said)
    named = set(re.findall(r"limnograph_\w+", said)) | {
        f"{prefix}{ending}" for prefix, endings in listed for ending in endings.split(",")
    }
    assert {n.removesuffix("_total") for n in metrics_of_the_services()} <= {
        n.removesuffix("_total") for n in named
    }


def test_every_public_name_of_the_sdk_stands_in_its_pages() -> None:
    """
    What an application may use is described where its developer looks.
    """
    said = (ROOT / "docs/sdk.md").read_text() + (ROOT / "docs/client.md").read_text()
    missing = [name for name in limnograph.__all__ if not re.search(rf"\b{name}\b", said)]
    assert missing == []
    assert [name for name in Limits._fields if f"`{name}`" not in said] == []


@pytest.mark.parametrize(
    ("page", "sql"),
    [
        pytest.param(page, sql, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, sql in enumerate(QUERY.findall(page.read_text()))
        if sql != "..."
    ],
)
def test_every_query_of_the_documentation_is_understood(page: Path, sql: str) -> None:
    """
    A query that is copied from a page is one that the engine takes.
    """
    del page
    plan(sql, SchemaCatalog(), now_ns=1_770_000_000_000_000_000).collect_schema()
