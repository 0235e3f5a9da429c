"""
Random tables and expressions whose value another SQL engine can check.

``DIV(a; b)`` stands for whole division, the one operator that is spelled differently. Values stay
small and fractions are quarters, so that sums are exact.
"""

import random
from dataclasses import dataclass

import polars as pl

TIME = pl.Datetime("ns", "UTC")
TEXTS = ["", "a", "ab", "Ab", "b_c", "100%", "error: x", "ERROR", "naïve", "zz top"]
LIKES = ["a%", "%r%", "_b", "%", "E%R", "b!_%"]
START_NS = 1_770_000_000_000_000_000

Column = tuple[str, str]  # SQL name, type


def random_table(rng: random.Random, rows: int) -> pl.DataFrame:
    """Return a table with every type and many NULLs."""

    def nullable(value: object) -> object:
        return None if rng.random() < 0.2 else value

    return pl.DataFrame(
        {
            "k": [nullable(rng.randrange(5)) for _ in range(rows)],
            "i": [nullable(rng.randint(-9, 9)) for _ in range(rows)],
            "s": [nullable(rng.randint(-3, 3)) for _ in range(rows)],
            "f": [nullable(rng.randint(-20, 20) / 4) for _ in range(rows)],
            "t": [nullable(rng.choice(TEXTS)) for _ in range(rows)],
            "b": [nullable(rng.random() < 0.5) for _ in range(rows)],
            "ts": pl.Series(
                [nullable(START_NS + rng.randrange(10**7) * 1_000_000_000) for _ in range(rows)],
                dtype=pl.Int64(),
            ),
        },
        schema_overrides={"k": pl.Int64(), "i": pl.Int64(), "s": pl.Int32(), "b": pl.Boolean()},
    ).with_columns(
        pl.col("ts").cast(TIME), pl.col("f").cast(pl.Float64), pl.col("t").cast(pl.String)
    )


@dataclass
class Expressions:
    """Makes expressions over columns in scope."""

    rng: random.Random

    def aggregate(self, columns: list[Column]) -> str:
        """Return an aggregate call, sometimes with DISTINCT or FILTER."""
        number = self.value(columns, self.rng.choice(["int", "float"]), 1)
        any_value = self.value(columns, self.rng.choice(["int", "text", "bool", "time"]), 1)
        plain = [n for n, kind in columns if kind in {"int", "float"}]
        text = self.rng.choice(
            [
                "count(*)",
                f"count({any_value})",
                f"count(DISTINCT {any_value})",
                f"sum({number})",
                f"sum(DISTINCT {self.rng.choice(plain)})",
                f"avg({number})",
                f"min({any_value})",
                f"max({any_value})",
                f"stddev({self.rng.choice(plain)})",
                f"var_pop({self.rng.choice(plain)})",
                f"median({self.rng.choice(plain)})",
                f"bool_and({self.boolean(columns, 1)})",
                f"bool_or({self.boolean(columns, 1)})",
                "string_agg(a.t, '|' ORDER BY a.t)",
            ]
        )
        if self.rng.random() < 0.3:
            text += f" FILTER (WHERE {self.boolean(columns, 1)})"
        return text

    def value(self, columns: list[Column], kind: str, depth: int) -> str:
        """Return an expression of a type."""
        own = [name for name, of in columns if of == kind]
        if depth <= 0 or self.rng.random() < 0.25:
            if own and self.rng.random() < 0.8:
                return self.rng.choice(own)
            return self.constant(kind)
        if kind == "bool":
            return self.boolean(columns, depth)
        if self.rng.random() < 0.2:
            a, b = self.value(columns, kind, depth - 1), self.value(columns, kind, depth - 1)
            condition = self.boolean(columns, depth - 1)
            return self.rng.choice(
                [
                    f"CASE WHEN {condition} THEN {a} ELSE {b} END",
                    f"CASE WHEN {condition} THEN {a} END",
                    f"coalesce({a}, {b})",
                    f"nullif({a}, {b})",
                    f"CASE {a} WHEN {b} THEN {self.constant(kind)} ELSE {a} END",
                ]
            )
        makers = {
            "int": self.whole,
            "float": self.fraction,
            "text": self.text,
            "time": self.time,
        }
        return makers[kind](columns, depth)

    def constant(self, kind: str) -> str:
        """Return a constant, now and then NULL."""
        if self.rng.random() < 0.05:
            types = {"int": "BIGINT", "float": "DOUBLE", "text": "TEXT", "bool": "BOOLEAN"}
            return f"CAST(NULL AS {types.get(kind, 'TIMESTAMP')})"
        if kind == "int":
            return str(self.rng.randint(0, 9))
        if kind == "float":
            return f"CAST({self.rng.randint(0, 40) / 4} AS DOUBLE)"
        if kind == "text":
            return f"'{self.rng.choice(TEXTS)}'"
        if kind == "bool":
            return self.rng.choice(["true", "false"])
        return f"TIMESTAMP '2026-0{self.rng.randint(1, 9)}-0{self.rng.randint(1, 9)} 10:20:30'"

    def whole(self, columns: list[Column], depth: int) -> str:
        """Return an expression of whole numbers."""
        a, b = (self.value(columns, "int", depth - 1) for _ in range(2))
        plain = self.rng.choice([n for n, k in columns if k == "int"] or ["7"])
        text = self.value(columns, "text", depth - 1)
        moment = self.value(columns, "time", depth - 1)
        return self.rng.choice(
            [
                f"({a} + {b})",
                f"({a} - {b})",
                f"({plain} * {self.constant('int')})",
                f"DIV({plain}; {self.rng.choice(['2', '3', '-2', '0', plain])})",
                f"({plain} % {self.rng.choice(['2', '3', '-4'])})",
                f"(- {plain})",
                f"abs({a})",
                f"length({text})",
                f"strpos({text}, 'b')",
                f"CAST({plain} AS BIGINT)",
                f"extract(month FROM {moment})",
                f"extract(dow FROM {moment})",
                f"greatest({a}, {b})",
                f"least({a}, {b})",
            ]
        )

    def fraction(self, columns: list[Column], depth: int) -> str:
        """Return an expression of floats."""
        a, b = (self.value(columns, "float", depth - 1) for _ in range(2))
        i = self.value(columns, "int", depth - 1)
        return self.rng.choice(
            [
                f"({a} + {b})",
                f"({a} - {i})",
                f"({a} * 2)",
                f"({a} / 4)",
                f"abs({a})",
                f"floor({a})",
                f"ceil({a})",
                f"round({a})",
                f"CAST({i} AS DOUBLE)",
                f"sqrt(abs({a}))",
            ]
        )

    def text(self, columns: list[Column], depth: int) -> str:
        """Return an expression of text."""
        a, b = (self.value(columns, "text", depth - 1) for _ in range(2))
        plain = self.rng.choice([n for n, k in columns if k == "int"] or ["3"])
        return self.rng.choice(
            [
                f"({a} || {b})",
                f"upper({a})",
                f"lower({a})",
                f"trim({a})",
                f"substring({a}, 2, 2)",
                f"left({a}, 2)",
                f"right({a}, 2)",
                f"replace({a}, 'a', 'xy')",
                f"concat({a}, {b})",
                f"reverse({a})",
                f"lpad({a}, 4, '*')",
                f"split_part({a}, ' ', 1)",
                f"CAST({plain} AS TEXT)",
            ]
        )

    def time(self, columns: list[Column], depth: int) -> str:
        """Return an expression of timestamps."""
        a = self.value(columns, "time", depth - 1)
        return self.rng.choice(
            [
                f"date_trunc('{self.rng.choice(['hour', 'day', 'week', 'month', 'year'])}', {a})",
                f"({a} + INTERVAL '36 hours')",
                f"({a} - INTERVAL '90 minutes')",
                f"({a} + INTERVAL '1 month')",
            ]
        )

    def boolean(self, columns: list[Column], depth: int) -> str:
        """Return a condition."""
        if depth <= 0 or self.rng.random() < 0.1:
            own = [name for name, kind in columns if kind == "bool"]
            return (
                self.rng.choice(own) if own and self.rng.random() < 0.8 else self.constant("bool")
            )
        kind = self.rng.choice(["int", "float", "text", "time"])
        a, b = (self.value(columns, kind, depth - 1) for _ in range(2))
        c = self.constant(kind)
        text = self.value(columns, "text", depth - 1)
        p, q = (self.boolean(columns, depth - 1) for _ in range(2))
        op = self.rng.choice(["=", "<>", "<", "<=", ">", ">="])
        return self.rng.choice(
            [
                f"({a} {op} {b})",
                f"({a} {op} {c})",
                f"({p} AND {q})",
                f"({p} OR {q})",
                f"(NOT {p})",
                f"({a} IS NULL)",
                f"({a} IS NOT NULL)",
                f"({a} BETWEEN {b} AND {c})",
                f"({a} IN ({c}, {self.constant(kind)}))",
                f"({a} NOT IN ({c}, {b}))",
                f"({a} IS DISTINCT FROM {b})",
                f"({p} IS TRUE)",
                f"({p} IS NOT FALSE)",
                f"({text} LIKE '{self.rng.choice(LIKES)}' ESCAPE '!')",
                f"({text} ILIKE '%{self.rng.choice('aez')}%')",
            ]
        )
