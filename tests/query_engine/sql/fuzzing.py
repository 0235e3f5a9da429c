"""
Texts that are nearly SQL, or not at all, for the planner to refuse properly.

``python -m tests.query_engine.sql.fuzzing 100000 [first seed]`` plans so many and prints those
that crash, are refused by the engine behind the planner, or take longer than ``CPU_SECONDS``.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

from query_engine.sql import plan, prepare
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.memory import NOW_NS, lake
from tests.query_engine.sql.test_datafusion import ALL as EXPRESSIONS
from tests.query_engine.sql.test_queries import ALL as QUERIES

CPU_SECONDS = 5.0
"""No text may keep the planner busy for longer; it takes milliseconds unless something is wrong."""

WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|\s+|[^\w\s]")
ODD = ["'", '"', "\x00", "é", "$$", "/*", "--", "\\", "1e999", "::", "->>", "[", "{", "0x", ";"]
ODD += ["@", "?", "$1", ":a", "\u202e", "\ud7ff", "\U0001f600", "-9223372036854775808", "1e-400"]
ODD += ["18446744073709551616", "99999999999999999999999999999999999999999", "''", "NaN", "E'\\x'"]
NESTS = [
    ("(", ")"),
    ("CASE WHEN true THEN ", " END"),
    ("(SELECT ", ")"),
    ("abs(", ")"),
    ("NOT ", ""),
    ("- ", ""),
    ("[", "]"),
    ("{a: ", "}"),
    ("coalesce(NULL, ", ")"),
    ("CAST(", " AS TEXT)"),
    ("EXISTS (SELECT 1 WHERE ", ")"),
    ("1 IN (SELECT ", ")"),
    ("sum(", ") OVER ()"),
    ("(SELECT * FROM (SELECT ", ") AS q)"),
]
LISTS = [
    ("SELECT level IN (", "1", ", ", ") FROM log_entries"),
    ("SELECT ", "level", ", ", " FROM log_entries"),
    ("SELECT ", "level", " + ", " FROM log_entries"),
    ("SELECT 1 WHERE ", "true", " AND ", ""),
    ("SELECT 1 WHERE ", "1 = 2", " OR ", ""),
    ("SELECT ", "'a'", " || ", ""),
    ("", "SELECT 1", " UNION ALL ", ""),
    ("", "SELECT 1", " EXCEPT ", ""),
    ("VALUES ", "(1, 'a')", ", ", ""),
    ("SELECT 1 FROM ", "spans", ", ", ""),
    ("SELECT count(*) FROM log_entries GROUP BY ", "level", ", ", ""),
    ("SELECT count(*) FROM log_entries GROUP BY CUBE (", "level", ", ", ")"),
    ("SELECT level FROM log_entries ORDER BY ", "level", ", ", ""),
    ("SELECT concat(", "msg", ", ", ") FROM log_entries"),
    ("SELECT [", "1", ", ", "]"),
    ("SELECT CASE level ", "WHEN 1 THEN 2", " ", " END FROM log_entries"),
]


@cache
def texts() -> list[str]:
    """Return the queries that others are made of."""
    queries = [case.sql for found in QUERIES.values() for case in found]
    return queries + [case.sql for found in EXPRESSIONS.values() for case in found]


@cache
def words() -> list[str]:
    """Return every word of these queries once."""
    found = {word for text in texts() for word in WORD.findall(text)}
    return sorted(word for word in found if not word.isspace())


def kind(word: str) -> str:
    """Return what sort of word it is, roughly: a replacement of its sort often still parses."""
    if word.isspace() or (word.isupper() and word.isalpha()):
        return "keyword"
    if word[0] in "'\"" or word.isdigit():
        return word[0] if word[0] in "'\"" else "number"
    return "name" if word[0].isalpha() else "sign"


@cache
def alike() -> dict[str, list[str]]:
    """Return the words of each sort, those that are columns of the lake several times."""
    found: dict[str, list[str]] = {}
    for word in words():
        found.setdefault(kind(word), []).append(word)
    found["name"] += ["level", "msg", "time", "value", "properties", "id", "begin"] * 20
    del found["keyword"]
    return found


def mutated(rng: random.Random) -> str:
    """Return a query with a few words removed, doubled, moved or replaced."""
    parts = WORD.findall(rng.choice(texts()))
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(parts) + 1)
        change = rng.random()
        if change < 0.6 and parts:
            at = place % len(parts)
            parts[at] = rng.choice(alike().get(kind(parts[at]), [parts[at]]))
        elif change < 0.7 and parts:
            parts[place % len(parts)] = f" {rng.choice(words())} "
        elif change < 0.78:
            parts.insert(place, f" {rng.choice(words())} ")
        elif change < 0.84 and parts:
            del parts[place % len(parts)]
        elif change < 0.89 and parts:
            parts.insert(place, parts[rng.randrange(len(parts))])
        elif change < 0.94:
            parts.insert(place, rng.choice(ODD))
        else:
            parts[place:place] = WORD.findall(rng.choice(texts()))[: rng.randint(1, 12)]
    return "".join(parts)


def scratched(rng: random.Random) -> str:
    """Return a query with a few characters removed, doubled, swapped or replaced."""
    text = list(rng.choice(texts()))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text)) if text else 0
        change = rng.random()
        if change < 0.3 and text:
            del text[at]
        elif change < 0.6:
            text.insert(at, rng.choice(["(", ")", "'", '"', ",", ".", "*", "-", "1", "a", *ODD]))
        elif change < 0.8 and len(text) > 1:
            text[at - 1], text[at] = text[at], text[at - 1]
        else:
            del text[at : at + rng.randint(1, 30)]
    return "".join(text)


def swapped(rng: random.Random) -> str:
    """Return a query in which a parenthesis holds what another query's parenthesis does."""
    text, other = rng.choice(texts()), rng.choice(texts())
    inner = re.findall(r"\(([^()]+)\)", other) or [other]
    holes = list(re.finditer(r"\(([^()]*)\)", text))
    if not holes:
        return f"SELECT * FROM ({text}) AS q WHERE {rng.choice(inner)}"
    hole = rng.choice(holes)
    return f"{text[: hole.start(1)]}{rng.choice(inner)}{text[hole.end(1) :]}"


def called(rng: random.Random) -> str:
    """Return functions of any arguments, inside each other."""

    def value(depth: int) -> str:
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(alike()[rng.choice(["name", "number", "'"])])
        name = rng.choice(function_names())
        over = rng.choice(["", "", "", "", " OVER (ORDER BY id)", " FILTER (WHERE depth > 0)"])
        return f"{name}({', '.join(value(depth - 1) for _ in range(rng.randint(0, 4)))}){over}"

    return f"SELECT {value(3)} FROM {rng.choice(['spans', 'log_entries', 'processes'])}"


@cache
def function_names() -> list[str]:
    """Return what stands before a parenthesis anywhere."""
    return sorted({name for text in texts() for name in re.findall(r"(\w+)\(", text)})


def soup(rng: random.Random) -> str:
    """Return words in any order."""
    start = rng.choice(["", "SELECT ", "SELECT * FROM spans ", "WITH a AS (", "EXPLAIN ", "SHOW "])
    glue = rng.choice(["", " ", " "])
    return start + glue.join(rng.choices([*words(), *ODD, " "], k=rng.randint(0, 30)))


def nested(rng: random.Random) -> str:
    """Return something inside itself, up to far more often than is allowed."""
    depth = rng.choice([3, 20, 60, 300, 5_000])
    nests = [rng.choice(NESTS) for _ in range(rng.randint(1, 2))]
    opening = "".join(one for one, _ in nests) * (depth // len(nests))
    closing = "".join(one for _, one in reversed(nests)) * (depth // len(nests))
    return f"SELECT {opening}{rng.choice(['1', 'level', '', 'NULL'])}{closing} FROM log_entries"


def long(rng: random.Random) -> str:
    """Return a list of up to far more items than is allowed."""
    start, item, glue, end = rng.choice(LISTS)
    count = rng.choice([2, 30, 200, 400, 3_000, 30_000])
    return start + glue.join([item] * count) + end


SORTS: list[tuple[float, Callable[[random.Random], str]]] = [
    (0.5, mutated),
    (0.14, scratched),
    (0.14, swapped),
    (0.1, called),
    (0.108, soup),
    (0.007, nested),
    (0.005, long),
]


def inputs(seed: int, count: int) -> Iterator[str]:
    """Return random texts."""
    rng = random.Random(seed)
    weights = [weight for weight, _ in SORTS]
    for _ in range(count):
        yield rng.choices([make for _, make in SORTS], weights)[0](rng)


def complaint(sql: str) -> str | None:
    """Plan a text, with and without values for parameters; return what is wrong with that."""
    begun = time.process_time()
    catalog = lake()
    for way in (plan, prepare):
        try:
            way(sql, catalog, now_ns=NOW_NS)
        except SqlError as error:
            if error.code == "sql_engine":
                return f"the engine refused it: {error}"
            if error.line is None or not 1 <= error.column <= len(sql) + 1:
                return f"no place in the text: {error!r} {error.line} {error.column}"
        except BaseException as error:  # a panic of the engine is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            return f"a crash: {type(error).__name__}: {error}"
    spent = time.process_time() - begun
    return f"{spent:.1f} seconds" if spent > CPU_SECONDS else None


def main(count: int, first: int) -> None:
    """Plan *count* texts and print what is wrong."""
    found: Counter[str] = Counter()
    for seed in range(first, first + (count + 999) // 1000):
        for sql in inputs(seed, 1000):
            wrong = complaint(sql)
            found["fine" if wrong is None else wrong[:9]] += 1
            if wrong is not None:
                sys.stdout.write(f"seed {seed}: {wrong[:400]}\n    {sql[:600]!r}\n")
        sys.stdout.write(f"seed {seed} done: {dict(found)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
