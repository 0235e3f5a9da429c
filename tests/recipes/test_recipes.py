"""The queries of docs/recipes give the answers that stand under them, wherever the rows are."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.materialize import DecodedCache, materialize
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql import passing
from query_engine.tables.catalog import LakeTables
from query_engine.tables.session import LakeCaches
from tests.query_engine.tables.conftest import Asked, filled, make_block
from tests.recipes.shop import (
    ASKED_AT,
    CHECKOUT,
    PAYMENTS,
    TRACES,
    WEB,
    Service,
    latencies_of,
    logs_of,
    spans_of,
)

__all__ = ["filled", "make_block"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "recipes"
RECIPE = re.compile(r"^```sql\n(.*?)^```\n(?:\n((?:\|[^\n]*\n)+))?", re.MULTILINE | re.DOTALL)
HALVES = (range(TRACES // 2), range(TRACES // 2, TRACES))


@dataclass(frozen=True)
class Recipe:
    """A query of a page, and the answer that the page shows."""

    page: str
    line: int
    sql: str
    answer: str


def recipes() -> list[Recipe]:
    """Return every query of the pages."""
    return [
        Recipe(page.name, text.count("\n", 0, found.start()) + 1, found[1].strip(), found[2] or "")
        for page in sorted(FOLDER.glob("*.md"))
        for text in [page.read_text()]
        for found in RECIPE.finditer(text)
    ]


def table(rows: pl.DataFrame) -> str:
    """Return rows as a page shows them."""
    lines = [rows.columns, ["---"] * rows.width, *([shown(v) for v in row] for row in rows.rows())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shown(value: object) -> str:
    """Return a value as a page shows it: times to the millisecond."""
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
    return "" if value is None else str(value)


@pytest.fixture
def shop(filled, workers, monkeypatch):
    """Return a shop's lake, half an hour past noon, with nothing in its tables yet."""
    monkeypatch.setattr(passing, "PASSED_TABLE_ROWS_MIN", 1)
    services = {exe: Service(tag="trace", format="otlp/v1/traces", exe=exe) for exe in (
        WEB, CHECKOUT, PAYMENTS)}  # fmt: skip
    logs = Service(tag="log", format="otlp/v1/logs", exe=PAYMENTS)
    metrics = Service(tag="metrics", format="otlp/v1/metrics", exe=WEB)
    # Services tell at different times: the spans of a trace lie in different slices.
    for hour, half in enumerate(HALVES):
        for late, (exe, sender) in enumerate(services.items()):
            filled.write(sender, spans_of(exe, half), shift=timedelta(hours=hour + late))
        filled.write(logs, logs_of(half), shift=timedelta(hours=hour))
        filled.write(metrics, latencies_of(half), shift=timedelta(hours=hour))
    caches = LakeCaches(filled.lake, TableCache(), DecodedCache(), QueryMetrics())
    service = QueryService(
        LakeTables(caches), QuerySettings(), caches.metrics, workers, lambda: ASKED_AT
    )
    yield Asked(service, caches)
    service.close(0)


@pytest.mark.parametrize("place", ["tail", "tables"])
def test_each_recipe_gives_the_answer_that_the_page_shows(shop, filled, place: str) -> None:
    """
    All of them in one lake: first nothing is in the tables, then everything.
    """
    if place == "tables":
        for view in VIEWS:
            if view.scope == "global":
                materialize(filled.lake, view, filled.tables)
    wrong = []
    for recipe in recipes():
        found = table(shop.rows(recipe.sql))
        if found != recipe.answer:
            wrong.append(f"{recipe.page}:{recipe.line} gives\n{found}")
    assert not wrong, "\n".join(wrong)


def test_there_are_recipes() -> None:
    """
    The pages are found, and each query has an answer with at least a row.
    """
    found = recipes()
    assert len(found) >= 12
    assert all(recipe.answer.count("\n") >= 3 for recipe in found)
