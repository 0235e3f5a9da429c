"""
Compare random queries with DuckDB until told otherwise.

``python -m tests.query_engine.sql.differential 1000 [first seed]`` runs so many seeds, prints each
difference in its shortest form with what DataFusion answers, and the numbers at the end.
"""

import re
import sys
from collections import Counter
from functools import partial

from tests.query_engine.sql.differential.compare import difference
from tests.query_engine.sql.differential.engines import DataFusion, DuckDB, Failure, Ours
from tests.query_engine.sql.differential.seeds import case
from tests.query_engine.sql.differential.shrink import shrunk


def kind(wrong: str) -> str:
    """Return what two differences of one cause have in common."""
    return re.sub(r"[0-9]+", "", wrong.partition(" (at")[0].partition("\n")[0])[:40]


def still_differs(ours: Ours, theirs: DuckDB, cause: str, sql: str) -> bool:
    """Tell whether a shorter query shows the same."""
    told = difference(sql, ours.answer(sql), theirs.answer(sql))
    return told is not None and kind(told) == cause


def main(count: int, first: int) -> None:
    """Compare the queries of *count* seeds and print what differs."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        tables, queries = case(seed)
        ours, theirs = Ours(tables), DuckDB(tables)
        for sql in queries:
            other = theirs.answer(sql)
            found["queries"] += 1
            if isinstance(other, Failure) and other.skipped:
                found["skipped"] += 1
                continue
            wrong = difference(sql, ours.answer(sql), other)
            if wrong is None:
                continue
            found["differences"] += 1

            differs = partial(still_differs, ours, theirs, kind(wrong))
            short = sql if isinstance(other, Failure) else shrunk(sql, differs)
            told = difference(short, ours.answer(short), theirs.answer(short))
            referee = difference(short, ours.answer(short), DataFusion(tables).answer(short))
            verdict = "agrees with us or cannot say" if referee is None else f"differs: {referee}"
            sys.stdout.write(f"seed {seed}: {short}\n{told}\nDataFusion {verdict}\n\n")
            sys.stdout.flush()
    sys.stdout.write(f"{dict(found)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
