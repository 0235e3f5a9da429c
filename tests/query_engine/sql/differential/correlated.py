"""Random queries with correlated subqueries and unusual joins, for another SQL engine to check."""

from dataclasses import dataclass

from tests.query_engine.sql.differential.expressions import Column
from tests.query_engine.sql.differential.shapes import Shapes


@dataclass
class Correlated(Shapes):
    """Makes queries over ``x AS a`` whose subqueries over ``y`` and ``z`` read columns of ``a``."""

    aliases: int = 0

    def query(self) -> str:
        """Return one query of a random shape."""
        shape = self.rng.choice(
            [
                self.filtered,
                self.filtered,
                self.filtered,
                self.listed,
                self.listed,
                self.lateral,
                self.lateral,
                self.grouped_around,
                self.one_sided,
                self.odd_join,
                self.row_wise,
                self.nearest,
            ]
        )
        return shape()

    # subqueries

    def inner(self, outer: list[Column], depth: int = 1) -> tuple[str, list[Column]]:
        """Return FROM and WHERE of a subquery that reads *outer*, and its columns."""
        self.aliases += 1
        alias = f"q{self.aliases}"
        columns = self.columns(alias)
        text = f"{self.rng.choice('yz')} AS {alias}"
        if self.rng.random() < 0.15:
            other = f"r{self.aliases}"
            kind = self.rng.choice(["JOIN", "LEFT JOIN", "CROSS JOIN"])
            condition = "" if kind == "CROSS JOIN" else f" ON {alias}.k = {other}.s"
            if kind == "LEFT JOIN" and self.rng.random() < 0.5:
                condition += f" AND {other}.i <= {self.name(outer, 'int')}"
            text += f" {kind} z AS {other}{condition}"
            columns = [*columns, *self.columns(other)]
        tests = [self.link(columns, outer) for _ in range(self.rng.choice([1, 1, 1, 2]))]
        if self.rng.random() < 0.3:
            tests.append(self.boolean(columns, 1))
        if depth > 0 and self.rng.random() < 0.25:
            tests.append(self.condition([*columns, *outer], depth - 1))
        if self.rng.random() < 0.1:
            tests = tests[1:] or ["true"]
        return f"{text} WHERE {' AND '.join(tests)}", columns

    def name(self, columns: list[Column], kind: str) -> str:
        """Return a column of a type."""
        return self.rng.choice([name for name, of in columns if of == kind])

    def link(self, columns: list[Column], outer: list[Column]) -> str:
        """Return a condition between the subquery and what is around it."""
        kind = self.rng.choice(["int", "int", "int", "float", "text", "time"])
        mine, theirs = self.name(columns, kind), self.name(outer, kind)
        op = self.rng.choice(["<", "<=", ">", ">=", "<>"])
        whole, other = self.name(columns, "int"), self.name(outer, "int")
        return self.rng.choice(
            [
                f"{mine} = {theirs}",
                f"{whole} = {other}",
                f"{theirs} = {mine}",
                f"{whole} = {other} + 1",
                f"{whole} IS NOT DISTINCT FROM {other}",
                f"{mine} {op} {theirs}",
                f"({whole} = {other} OR {mine} {op} {theirs})",
                f"{whole} + {other} > 2",
                f"{self.name(outer, 'bool')}",
            ]
        )

    def single(self, outer: list[Column], depth: int = 1) -> str:
        """Return a subquery of one whole number."""
        source, columns = self.inner(outer, depth)
        value = self.name(columns, "int")
        aggregate = self.rng.choice(
            [
                "count(*)",
                f"count({value})",
                f"count(DISTINCT {value})",
                f"sum({value})",
                f"min({value})",
                f"max({value})",
                f"coalesce(max({value}), -1)",
                f"count(*) + {self.name(outer, 'int')}",
                f"sum({value} + {self.name(outer, 'int')})",
                f"count(*) FILTER (WHERE {self.link(columns, outer)})",
            ]
        )
        window = self.rng.choice(
            [f"rank() OVER (ORDER BY {value})", f"count(*) OVER (PARTITION BY {value})"]
        )
        text = self.rng.choice(
            [
                f"SELECT {aggregate} FROM {source}",
                f"SELECT {aggregate} FROM {source}",
                f"SELECT {aggregate} FROM {source} HAVING count(*) > 1",
                f"SELECT {value} FROM {source} ORDER BY {value} DESC NULLS LAST LIMIT 1",
                f"SELECT {value} FROM {source} ORDER BY 1 NULLS LAST LIMIT 1 OFFSET 1",
                f"SELECT max(d.n) FROM (SELECT count(*) AS n FROM {source} GROUP BY {value}) AS d",
                f"SELECT sum(d.n) FROM (SELECT DISTINCT {value} AS n FROM {source}) AS d",
                f"SELECT sum(d.n) FROM (SELECT {window} AS n FROM {source}) AS d",
            ]
        )
        return f"({text})"

    def several(self, outer: list[Column], depth: int = 1) -> str:
        """Return a subquery of one column of whole numbers."""
        source, columns = self.inner(outer, depth)
        value = self.name(columns, "int")
        text = self.rng.choice(
            [
                f"SELECT {value} FROM {source}",
                f"SELECT {value} FROM {source}",
                f"SELECT DISTINCT {value} FROM {source}",
                f"SELECT max({value}) FROM {source}",
                f"SELECT max({value}) FROM {source} GROUP BY {self.name(columns, 'int')}",
                f"SELECT {value} FROM {source} ORDER BY 1 NULLS LAST LIMIT 2",
            ]
        )
        if self.rng.random() < 0.15 and "max(" not in text:
            other, more = self.inner(outer, 0)
            plain = text if " LIMIT " not in text else f"SELECT {value} FROM {source}"
            word = self.rng.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
            text = f"{plain} {word} SELECT {self.name(more, 'int')} FROM {other}"
        return f"({text})"

    def condition(self, outer: list[Column], depth: int = 1) -> str:
        """Return a condition with a correlated subquery."""
        value = self.name(outer, "int")
        op = self.rng.choice(["=", "<>", "<", "<=", ">", ">="])
        source, _ = self.inner(outer, depth)
        return self.rng.choice(
            [
                f"EXISTS (SELECT 1 FROM {source})",
                f"NOT EXISTS (SELECT 1 FROM {source})",
                f"{value} IN {self.several(outer, depth)}",
                f"{value} NOT IN {self.several(outer, depth)}",
                f"{value} {op} {self.single(outer, depth)}",
                f"{value} {op} ANY {self.several(outer, depth)}",
                f"{value} {op} ALL {self.several(outer, depth)}",
            ]
        )

    # shapes

    def around(self) -> tuple[str, list[Column]]:
        """Return what is around: mostly one table."""
        if self.rng.random() < 0.8:
            return "x AS a", self.columns("a")
        kind = self.rng.choice(["JOIN", "LEFT JOIN"])
        return f"x AS a {kind} z AS c ON a.k = c.k", [*self.columns("a"), *self.columns("c")]

    def filtered(self) -> str:
        """Return a query with subqueries in WHERE."""
        source, columns = self.around()
        where = self.condition(columns)
        if self.rng.random() < 0.4:
            word = self.rng.choice(["AND", "OR"])
            more = self.boolean(columns, 1) if self.rng.random() < 0.5 else self.condition(columns)
            where = f"{where} {word} {more}"
        if self.rng.random() < 0.2:
            where = f"NOT ({where})"
        items = self.named([self.rng.choice(columns)[0], "a.i", "a.f"])
        return f"SELECT {items} FROM {source} WHERE {where}"

    def listed(self) -> str:
        """Return a query with subqueries in the list."""
        source, columns = self.around()
        kinds = self.rng.choices(["single", "condition", "case"], k=self.rng.choice([1, 2]))
        items = ["a.i", "a.k"]
        for kind in kinds:
            if kind == "single":
                items.append(self.single(columns))
            elif kind == "condition":
                items.append(f"({self.condition(columns)})")
            else:
                test, value = self.condition(columns, 0), self.single(columns, 0)
                items.append(f"CASE WHEN {test} THEN {value} ELSE a.i END")
        where = f" WHERE {self.boolean(columns, 1)}" if self.rng.random() < 0.3 else ""
        return f"SELECT {self.named(items)} FROM {source}{where}"

    def lateral(self) -> str:
        """Return a LATERAL join."""
        source, columns = self.around()
        inner, own = self.inner(columns)
        value = self.name(own, "int")
        select = self.rng.choice(
            [
                f"SELECT {value} AS v, {self.name(own, 'text')} AS w FROM {inner}",
                f"SELECT count(*) AS v, max({value}) AS w FROM {inner}",
                f"SELECT {value} AS v, count(*) AS w FROM {inner} GROUP BY {value}",
                f"SELECT {value} AS v, 1 AS w FROM {inner} ORDER BY 1 NULLS LAST LIMIT 2",
                f"SELECT a.i + 1 AS v, {value} AS w FROM {inner}",
                "SELECT a.i + 1 AS v, a.t AS w",
            ]
        )
        join = self.rng.choice(
            [
                f", LATERAL ({select}) AS l",
                f" CROSS JOIN LATERAL ({select}) AS l",
                f" JOIN LATERAL ({select}) AS l ON l.v > a.s",
                f" LEFT JOIN LATERAL ({select}) AS l ON true",
                f" LEFT JOIN LATERAL ({select}) AS l ON l.v > a.s",
            ]
        )
        return f"SELECT {self.named(['a.i', 'a.k', 'l.v', 'l.w'])} FROM {source}{join}"

    def grouped_around(self) -> str:
        """Return a grouped query with subqueries that read its keys."""
        keys: list[Column] = [("a.k", "int"), ("a.t", "text"), ("a.b", "bool"), ("a.f", "float")]
        keys.append(("a.ts", "time"))
        names = ", ".join(name for name, _ in keys)
        having = f" HAVING {self.condition(keys)}" if self.rng.random() < 0.5 else ""
        items = self.named(["a.k", "count(*)", self.single(keys)])
        return f"SELECT {items} FROM x AS a GROUP BY {names}{having}"

    def one_sided(self) -> str:
        """Return a semi or anti join."""
        columns, own = self.columns("a"), self.columns("c")
        condition = self.link(own, columns)
        if self.rng.random() < 0.5:
            condition += f" AND {self.link(own, columns)}"
        kind = self.rng.choice(["SEMI", "ANTI"])
        return f"SELECT {self.named(['a.i', 'a.t'])} FROM x AS a {kind} JOIN y AS c ON {condition}"

    def odd_join(self) -> str:
        """Return an outer join with any condition, with subqueries in ON or NATURAL."""
        columns, own = self.columns("a"), self.columns("c")
        kind = self.rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        condition = self.link(own, columns)
        if self.rng.random() < 0.5:
            condition += f" AND {self.link(own, columns)}"
        elif self.rng.random() < 0.3 and kind != "FULL JOIN":
            condition += f" AND {self.condition([*columns, *own], 0)}"
        elif self.rng.random() < 0.3:
            return (
                f"SELECT {self.named(['a.f', 'c.f', 'a.t'])} FROM x AS a {kind} y AS c USING (k, s)"
            )
        items = self.named(["a.i", "a.k", "c.i", "c.t"])
        return f"SELECT {items} FROM x AS a {kind} y AS c ON {condition}"

    def row_wise(self) -> str:
        """Return comparisons of rows."""
        columns = self.columns("a")
        names = [self.name(columns, "int") for _ in range(2)]
        source, own = self.inner(columns, 0)
        pair = f"{self.name(own, 'int')}, {self.name(own, 'int')}"
        negate = self.rng.choice(["", "NOT "])
        test = self.rng.choice(
            [
                f"({names[0]}, {names[1]}) {negate}IN (SELECT {pair} FROM {source})",
                f"({names[0]}, {names[1]}) {negate}IN (SELECT k, s FROM z)",
            ]
        )
        return f"SELECT {self.named(['a.i', 'a.k', f'({test})'])} FROM x AS a"

    def nearest(self) -> str:
        """Return an ASOF join; of rows that are equally near only the value is looked at."""
        kind = self.rng.choice(["int", "float", "text", "time"])
        ours, theirs = self.name(self.columns("a"), kind), self.name(self.columns("c"), kind)
        key = self.rng.choice(["", "a.k = c.k AND ", "a.k = c.s AND a.b = c.b AND "])
        join = self.rng.choice(["ASOF JOIN", "ASOF LEFT JOIN"])
        op = self.rng.choice(["<", "<=", ">", ">="])
        where = f" WHERE {self.boolean(self.columns('a'), 1)}" if self.rng.random() < 0.4 else ""
        items = self.named(["a.i", "a.t", ours, theirs])
        return f"SELECT {items} FROM x AS a {join} y AS c ON {key}{ours} {op} {theirs}{where}"
