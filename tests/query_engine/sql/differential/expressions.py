"""Random expressions whose value another SQL engine can check."""

import random
import re
from dataclasses import dataclass

from tests.query_engine.sql.differential.tables import EDGES, KINDS, TEXTS
from tests.query_engine.sql.differential.templates import (
    AGGREGATES,
    CHOICES,
    COMPARED,
    CONDITIONS,
    ORDERED_KINDS,
    SCALARS,
    TESTS,
    WORDS,
)

Column = tuple[str, str]  # SQL name, kind

FILTER = "{filter}"
HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
TYPES = {"int": "BIGINT", "float": "DOUBLE", "edge": "DOUBLE", "text": "TEXT", "bool": "BOOLEAN"}
TYPES |= {"dec": "DECIMAL(9, 2)", "time": "TIMESTAMP", "date": "DATE", "huge": "BIGINT"}
TYPES |= {"narrow": "SMALLINT"}
NUMBERS = ["int", "int", "float", "dec"]


@dataclass
class Expressions:
    """Makes expressions over columns in scope."""

    rng: random.Random

    def columns(self, alias: str) -> list[Column]:
        """Return the columns of one table under its alias."""
        return [(f"{alias}.{name}", kind) for kind, names in KINDS.items() for name in names]

    def filled(self, template: str, columns: list[Column], depth: int, same: str = "") -> str:
        """Return a template with something in each of its holes."""
        own: dict[str, str] = {}

        def fill(hole: re.Match[str]) -> str:
            kind, how = hole.groups()
            if kind in WORDS:
                return self.rng.choice(WORDS[kind])
            if kind == "unique":
                return columns[0][0].partition(".")[0] + ".n"
            if kind == "own":
                return own.setdefault(how, self.column(columns, how))
            if kind == "any":
                kind = self.rng.choice(ORDERED_KINDS)
            elif kind == "number":
                kind = self.rng.choice(NUMBERS)
            kind = same if kind == "same" else kind
            if how == "column":
                return self.column(columns, kind)
            return self.constant(kind) if how else self.value(columns, kind, depth - 1)

        return HOLE.sub(fill, template)

    def column(self, columns: list[Column], kind: str) -> str:
        """Return a column of a kind; a constant when there is none."""
        own = [name for name, of in columns if of == kind]
        return self.rng.choice(own) if own else self.constant(kind, null=False)

    def aggregate(self, columns: list[Column]) -> str:
        """Return an aggregate call, sometimes with FILTER."""
        template = self.rng.choice(AGGREGATES)
        template = template if FILTER in template else template + FILTER
        only = f" FILTER (WHERE {self.boolean(columns, 1)})" if self.rng.random() < 0.3 else ""
        return self.filled(template.replace(FILTER, only), columns, 2)

    def value(self, columns: list[Column], kind: str, depth: int) -> str:
        """Return an expression of a kind."""
        own = [name for name, of in columns if of == kind]
        if depth <= 0 or self.rng.random() < 0.25:
            if own and self.rng.random() < 0.8:
                return self.rng.choice(own)
            return self.constant(kind)
        if kind == "bool":
            return self.boolean(columns, depth)
        if self.rng.random() < 0.2 or kind not in SCALARS:
            return self.filled(self.rng.choice(CHOICES), columns, depth, kind)
        return self.filled(self.rng.choice(SCALARS[kind]), columns, depth)

    def constant(self, kind: str, *, null: bool = True) -> str:
        """Return a constant, now and then NULL."""
        if null and kind in TYPES and self.rng.random() < 0.05:
            return f"CAST(NULL AS {TYPES[kind]})"
        rng = self.rng
        makers = {
            "int": lambda: str(rng.randint(0, 9)),
            "float": lambda: f"CAST({rng.randint(0, 40) / 4} AS DOUBLE)",
            "real": lambda: f"CAST({rng.randint(0, 40) / 4} AS DOUBLE)",
            "edge": lambda: f"CAST('{rng.choice(EDGES)}' AS DOUBLE)",
            "dec": lambda: f"CAST('{rng.randint(0, 40) / 4}' AS DECIMAL(9, 2))",
            "text": lambda: f"'{rng.choice(TEXTS)}'",
            "bool": lambda: rng.choice(["true", "false"]),
            "time": lambda: f"TIMESTAMP '2026-0{rng.randint(1, 9)}-0{rng.randint(1, 9)} 10:20:30'",
            "date": lambda: f"DATE '2024-{rng.randint(10, 12)}-0{rng.randint(1, 9)}'",
            "nano": lambda: (
                f"CAST('2026-02-02 02:40:00.00000000{rng.randint(0, 9)}' AS TIMESTAMP_NS)"
            ),
            "span": lambda: f"INTERVAL '{rng.randint(1, 9)} hours'",
            "narrow": lambda: f"CAST({rng.choice([0, 1, 127])} AS SMALLINT)",
            "huge": lambda: str(rng.choice([0, 9223372036854775807, 9223372036854775806])),
            "blob": lambda: f"CAST('{rng.choice(['', 'a', 'ab'])}' AS BYTEA)",
            "ints": lambda: f"[{rng.randint(0, 3)}, {rng.randint(0, 3)}]",
            "texts": lambda: f"['{rng.choice(['a', 'B', ''])}', 'é']",
        }
        return makers[kind]()

    def boolean(self, columns: list[Column], depth: int) -> str:
        """Return a condition."""
        if depth <= 0 or self.rng.random() < 0.1:
            own = [name for name, kind in columns if kind == "bool"]
            return (
                self.rng.choice(own) if own and self.rng.random() < 0.8 else self.constant("bool")
            )
        if self.rng.random() < 0.6:
            kind = self.rng.choice(COMPARED)
            return self.filled(self.rng.choice(CONDITIONS), columns, depth, kind)
        return self.filled(self.rng.choice(TESTS), columns, depth)
