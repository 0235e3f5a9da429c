"""Whatever a definition says: it is a view, or one line says why not."""

import random
import re
from pathlib import Path

import pytest

from assets.errors import CallerError
from assets.views.catalog import BUILT_IN
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import WrongOption
from query_engine.defined.files import WrongFile, read_file
from query_engine.sql import prepare
from query_engine.tables.catalog import SchemaCatalog
from tests.query_engine.defined.test_page import FILES, STATEMENTS

WORDS = (
    *("SELECT", "FROM", "log_entries", "measures", "GROUP BY", "count(*)", "time", "AS", "(", ")"),
    *(",", "'", "'auto'", "WITH", "CREATE", "OR REPLACE", "IF NOT EXISTS", "=", "[", "]", "now()"),
    *("UNION ALL", "LIMIT 1", "ORDER BY 1", "DISTINCT", "OVER ()", "unnest(properties)", "NULL"),
    *("partial", "JOIN", "VALUES (1)", "1", ";", "--", "/*", '"', "merge", "\0", "é", "\n"),
)
CASES = 150


def mutated(rng: random.Random, text: str) -> str:
    """Return *text* with some of its words gone, doubled, exchanged or replaced."""
    words = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(words))
        change = rng.randrange(4)
        if change == 0:
            del words[place : place + rng.randint(1, 3)]
        elif change == 1:
            words.insert(place, f" {rng.choice(WORDS)} ")
        elif change == 2:
            words[place] = rng.choice(WORDS)
        else:
            words += words[place : place + 5]
        words = words or ["x"]
    return "".join(words)


def check_told(error: Exception) -> None:
    """A message is for people: it has words, and it ends."""
    assert 5 < len(str(error)) < 2_000, str(error)


@pytest.mark.parametrize("seed", range(4))
def test_a_statement_is_understood_or_told(seed: int) -> None:
    """
    Nothing but errors of the caller's leaves the planning.
    """
    rng = random.Random(seed)
    for _ in range(CASES):
        text = mutated(rng, rng.choice(STATEMENTS))
        try:
            prepare(text, SchemaCatalog(), now_ns=0)
        except CallerError as error:
            check_told(error)


@pytest.mark.parametrize("seed", range(4))
def test_a_file_is_understood_or_told(seed: int, tmp_path: Path) -> None:
    """
    As the service reads it.
    """
    rng = random.Random(seed)
    path = tmp_path / "v.toml"
    for _ in range(CASES):
        path.write_text(mutated(rng, rng.choice(FILES)), encoding="utf-8")
        try:
            compiled(read_file(path).definition, BUILT_IN)
        except (CallerError, WrongOption, WrongFile) as error:
            check_told(error)
