"""Whatever the text, the planner plans it or refuses it with our own error."""

import os
import random
import re

import pytest

from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.memory import NOW_NS, lake
from tests.query_engine.sql.test_queries import ALL

CASES = int(os.environ.get("LIMNO_SQL_FUZZ", "2000"))
BATCH = 250
WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|\s+|[^\w\s]")
TEXTS = [case.sql for found in ALL.values() for case in found]
WORDS = sorted({word for text in TEXTS for word in WORD.findall(text) if not word.isspace()})
KEYWORDS = {word for word in WORDS if word.isupper()}
ODD = [
    "'",
    '"',
    "\x00",
    "é",
    "$$",
    "/*",
    "--",
    "\\",
    "1e999",
    "::",
    "->>",
    "[",
    "{",
    "0x",
    ";",
    "@",
]


def kind(word: str) -> str:
    """Return what sort of word it is, roughly: a replacement of its sort often still parses."""
    if word in KEYWORDS or word.isspace():
        return "keyword"
    if word[0] in "'\"" or word.isdigit():
        return word[0] if word[0] in "'\"" else "number"
    return "name" if word[0].isalpha() else "sign"


ALIKE = {sort: [word for word in WORDS if kind(word) == sort] for sort in map(kind, WORDS)}
ALIKE["name"] += ["level", "msg", "time", "value", "properties", "id", "begin"] * 5
del ALIKE["keyword"]


def mutated(rng: random.Random, text: str) -> str:
    """Return *text* with a few words removed, doubled, moved or replaced."""
    words = WORD.findall(text)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(words) + 1)
        change = rng.random()
        if change < 0.6 and words:
            at = place % len(words)
            words[at] = rng.choice(ALIKE.get(kind(words[at]), [words[at]]))
        elif change < 0.7 and words:
            words[place % len(words)] = f" {rng.choice(WORDS)} "
        elif change < 0.78:
            words.insert(place, f" {rng.choice(WORDS)} ")
        elif change < 0.84 and words:
            del words[place % len(words)]
        elif change < 0.89 and words:
            words.insert(place, words[rng.randrange(len(words))])
        elif change < 0.94:
            words.insert(place, rng.choice(ODD))
        else:
            words[place:place] = WORD.findall(rng.choice(TEXTS))[: rng.randint(1, 12)]
    return "".join(words)


def refusal(sql: str) -> SqlError | None:
    """Plan a query; returns how it was refused, or None."""
    try:
        plan(sql, lake(), now_ns=NOW_NS)
    except SqlError as error:
        return error
    return None


@pytest.mark.parametrize("batch", range(max(1, CASES // BATCH)))
def test_mutated_queries_fail_only_with_our_error(batch: int) -> None:
    """
    A stranger's text never reaches a crash: every failure has a class, a message and a place.
    """
    rng = random.Random(batch)
    for _ in range(BATCH):
        sql = mutated(rng, rng.choice(TEXTS))
        error = refusal(sql)
        if error is not None:
            assert error.code != "sql_engine", f"{sql}\n{error}"
            assert error.line is not None, f"{sql}\n{error}"
            assert 1 <= error.column <= len(sql) + 1, sql


@pytest.mark.parametrize("batch", range(4))
def test_noise_fails_only_with_our_error(batch: int) -> None:
    """
    Nor does text that never was SQL (a text after SELECT may be by chance).
    """
    rng = random.Random(batch)
    refused = 0
    for _ in range(50):
        sql = "".join(rng.choices([*WORDS, *ODD, " "], k=rng.randint(0, 30)))
        try:
            plan(sql, lake(), now_ns=NOW_NS)
        except SqlError:
            refused += 1
    assert refused > 45
