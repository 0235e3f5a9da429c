"""Random queries over tables ``x``, ``y`` and ``z`` whose answer another SQL engine can check."""

import re
from dataclasses import dataclass

from tests.query_engine.sql.differential.expressions import Column, Expressions

LISTED = ["int", "float", "text", "bool", "time", "date", "dec", "real", "edge", "nano", "span"]
LISTED += ["int", "float", "text", "bool", "time", "dec", "narrow", "huge", "blob"]


@dataclass
class Shapes(Expressions):
    """Makes queries; the tables have the columns of ``random_table``."""

    def query(self) -> str:
        """Return one query of a random shape."""
        shape = self.rng.choice(
            [
                self.plain,
                self.plain,
                self.grouped,
                self.grouped,
                self.total,
                self.union,
                self.derived,
                self.with_cte,
                self.distinct,
                self.sets,
                self.grouping_sets,
                self.values,
                self.unnested,
                self.lists,
            ]
        )
        return shape()

    # relations

    def source(self) -> tuple[str, list[Column]]:
        """Return FROM with its WHERE, and the columns in scope."""
        kind = self.rng.random()
        if kind < 0.45:
            text, columns = "x AS a", self.columns("a")
        else:
            columns = [*self.columns("a"), *self.columns("c")]
            join = self.rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT JOIN"])
            text = f"x AS a {join} y AS c ON {self.join_condition(columns, join)}"
            if self.rng.random() < 0.1:
                text = "x AS a CROSS JOIN z AS c"
        where = ""
        if self.rng.random() < 0.7:
            where = f" WHERE {self.prunable(columns)}{self.boolean(columns, 3)}"
        if self.rng.random() < 0.15:
            where = f" WHERE {self.membership(columns)}"
        return text + where, columns

    def prunable(self, columns: list[Column]) -> str:
        """Return a plain comparison of a column that a scan may prune with, or nothing."""
        if self.rng.random() < 0.5:
            return ""
        name, kind = self.rng.choice([c for c in columns if c[1] not in {"ints", "texts"}])
        op = self.rng.choice(["=", "<", "<=", ">", ">="])
        return f"{name} {op} {self.constant(kind)} AND "

    def join_condition(self, columns: list[Column], join: str) -> str:
        """Return an equality, often with more; FULL only takes equalities elsewhere."""
        condition = f"a.{self.rng.choice('kis')} = c.{self.rng.choice('kis')}"
        if join != "FULL JOIN" and self.rng.random() < 0.5:
            condition += f" AND {self.prunable(columns)}{self.boolean(columns, 1)}"
        if join == "JOIN" and self.rng.random() < 0.2:
            condition = "a.i < c.i AND a.f >= c.f"
        return condition

    def membership(self, columns: list[Column]) -> str:
        """Return a condition with a subquery."""
        inner = f"SELECT q.{self.rng.choice('kis')} FROM z AS q"
        inner += f" WHERE {self.boolean(self.columns('q'), 1)}"
        value = self.value(columns, "int", 1)
        return self.rng.choice(
            [
                f"{value} IN ({inner})",
                f"{value} NOT IN ({inner})",
                f"{value} IN ({inner}) OR {self.boolean(columns, 1)}",
                f"EXISTS ({inner})",
                f"{value} > (SELECT min(q.i) FROM z AS q)",
            ]
        )

    # shapes

    def items(self, columns: list[Column], count: int) -> list[str]:
        """Return expressions of random types."""
        return [self.value(columns, self.rng.choice(LISTED), 3) for _ in range(count)]

    def ordered(self, count: int) -> str:
        """Return ORDER BY all output columns, so that LIMIT is exact; or nothing."""
        if self.rng.random() < 0.5:
            return ""
        keys = list(range(1, count + 1))
        self.rng.shuffle(keys)
        directions = ["", " ASC", " DESC", " NULLS FIRST", " DESC NULLS LAST"]
        text = " ORDER BY " + ", ".join(f"{key}{self.rng.choice(directions)}" for key in keys)
        if self.rng.random() < 0.5:
            text += f" LIMIT {self.rng.randrange(12)}"
            text += f" OFFSET {self.rng.randrange(4)}" if self.rng.random() < 0.4 else ""
        return text

    def plain(self) -> str:
        """Return SELECT expressions."""
        source, columns = self.source()
        count = self.rng.randint(1, 3)
        return f"SELECT {self.named(self.items(columns, count))} FROM {source}{self.ordered(count)}"

    def distinct(self) -> str:
        """Return SELECT DISTINCT."""
        source, columns = self.source()
        ordered = [name for name, kind in columns if kind not in {"ints", "texts"}]
        items = [self.rng.choice(ordered), self.value(columns, "bool", 1)]
        return f"SELECT DISTINCT {self.named(items)} FROM {source}{self.ordered(2)}"

    def lists(self) -> str:
        """Return arrays, which have no order."""
        source, columns = self.source()
        kinds = [self.rng.choice(["ints", "ints", "texts"]) for _ in range(2)]
        items = [self.value(columns, kind, 2) for kind in kinds]
        return f"SELECT {self.named([*items, self.rng.choice(columns)[0]])} FROM {source}"

    def named(self, items: list[str]) -> str:
        """Give every item a name."""
        return ", ".join(f"{item} AS o{index}" for index, item in enumerate(items))

    def total(self) -> str:
        """Return aggregates without GROUP BY."""
        source, columns = self.source()
        items = [self.aggregate(columns) for _ in range(self.rng.randint(1, 3))]
        return f"SELECT {self.named(items)} FROM {source}"

    def grouped(self) -> str:
        """Return GROUP BY expressions, ordinals or columns, sometimes with HAVING."""
        source, columns = self.source()
        keys = [self.value(columns, self.rng.choice(["int", "text", "bool"]), 1)]
        if self.rng.random() < 0.4:
            keys.append(self.rng.choice(columns)[0])
        items = [*keys, *(self.aggregate(columns) for _ in range(self.rng.randint(1, 2)))]
        by = [str(i + 1) if self.rng.random() < 0.4 else key for i, key in enumerate(keys)]
        by = ["1" if keys[0] == key and key.isdigit() else key for key in by]
        having = ""
        if self.rng.random() < 0.3:
            having = f" HAVING {self.rng.choice(['count(*) > 1', 'sum(a.i) > 0', 'max(a.f) < 3'])}"
        inexact = any(name in text for text in items for name in ("avg(", "stddev(", "var_pop("))
        unordered = any(re.search(r"array_agg|\.l\b|\.lt\b", text) for text in items)
        order = "" if inexact or unordered else self.ordered(len(items))
        return f"SELECT {self.named(items)} FROM {source} GROUP BY {', '.join(by)}{having}{order}"

    def grouping_sets(self) -> str:
        """Return GROUP BY with ROLLUP, CUBE and GROUPING SETS, alone or beside each other."""
        source, columns = self.source()
        keys = [self.rng.choice(columns)[0] for _ in range(3)]
        one, two, three = keys
        elements = [
            f"ROLLUP ({one}, {two})",
            f"ROLLUP ({one}, ({two}, {three}))",
            f"CUBE ({one}, {two})",
            f"CUBE ({one}, {two}, {three})",
            f"GROUPING SETS (({one}, {two}), {three}, ())",
            f"GROUPING SETS (({one}), ROLLUP ({two}, {three}))",
            f"{one}, ROLLUP ({two}, {three})",
            f"CUBE ({one}, {two}), GROUPING SETS ({three}, ({one}, {three}))",
        ]
        element = self.rng.choice(elements)
        used = [key for key in dict.fromkeys(keys) if re.search(rf"{key}\b", element)]
        items = [*used, f"grouping({', '.join(used)})"]
        items += [self.aggregate(columns) for _ in range(self.rng.randint(1, 3))]
        having = " HAVING count(*) > 1" if self.rng.random() < 0.2 else ""
        return f"SELECT {self.named(items)} FROM {source} GROUP BY {element}{having}"

    def union(self) -> str:
        """Return UNION [ALL] of two queries with the same types."""
        kinds = [self.rng.choice(["int", "text", "float"]) for _ in range(2)]
        parts = []
        for _ in range(self.rng.randint(2, 3)):
            source, columns = self.source()
            items = self.named([self.value(columns, kind, 1) for kind in kinds])
            parts.append(f"SELECT {items} FROM {source}")
        word = self.rng.choice([" UNION ALL ", " UNION "])
        return word.join(parts) + self.ordered(2)

    def sets(self) -> str:
        """Return a chain of set operations; INTERSECT binds tighter."""
        kinds = [self.rng.choice(["int", "text", "float", "bool"]) for _ in range(2)]
        text = ""
        for number in range(self.rng.randint(2, 4)):
            if number:
                word = self.rng.choice(["UNION", "INTERSECT", "INTERSECT", "EXCEPT", "EXCEPT"])
                text += f" {word}{self.rng.choice(['', ' ALL'])} "
            columns = self.columns("a")
            plain = [self.rng.choice([n for n, k in columns if k == kind]) for kind in kinds]
            where = f" WHERE {self.boolean(columns, 1)}" if self.rng.random() < 0.5 else ""
            text += f"SELECT {self.named(plain)} FROM {self.rng.choice('xyz')} AS a{where}"
        return text + self.ordered(2)

    def values(self) -> str:
        """Return a query over rows written out, sometimes under a filter or joined."""
        kinds = [self.rng.choice(["int", "text"]) for _ in range(2)]
        cells = [
            [self.rng.choice(["NULL", self.constant(kind)]) for kind in kinds]
            for _ in range(self.rng.randint(1, 4))
        ]
        cells.append([self.constant(kind) for kind in kinds])
        listed = ", ".join(f"({', '.join(row)})" for row in cells)
        columns: list[Column] = [("v.p", kinds[0]), ("v.q", kinds[1])]
        source = f"(VALUES {listed}) AS v(p, q)"
        if kinds[0] == "int" and self.rng.random() < 0.5:
            source += " JOIN x AS a ON a.k = v.p"
            columns += self.columns("a")
        items = self.named([self.value(columns, kind, 1) for kind in kinds])
        return f"SELECT {items} FROM {source} WHERE {self.boolean(columns, 1)}{self.ordered(2)}"

    def unnested(self) -> str:
        """Return a query over the elements of arrays, in FROM or in the list."""
        rng, columns = self.rng, self.columns("a")
        one, two, three = (rng.choice(["a.k", "a.i", "a.s", "7", "NULL"]) for _ in range(3))
        where = f" WHERE {self.boolean(columns, 1)}" if rng.random() < 0.5 else ""
        if rng.random() < 0.4:
            arrays = f"unnest([{one}, a.i]) AS o0, unnest([a.s, {two}, {three}]) AS o1"
            return f"SELECT a.k AS o2, {arrays} FROM x AS a{where}"
        source = rng.choice(
            [
                f"x AS a, unnest([a.i, {one}, {two}]) AS u(e)",
                f"x AS a LEFT JOIN unnest([a.k, {one}]) AS u(e) ON true",
                f"x AS a CROSS JOIN unnest(CASE WHEN a.b THEN [a.i, {one}] END) AS u(e)",
                "x AS a, generate_series(1, a.k) AS u(e)",
                "x AS a, range(a.s, a.k) AS u(e)",
            ]
        )
        columns = [*columns, ("u.e", "int")]
        where = f" WHERE {self.boolean(columns, 1)}" if rng.random() < 0.7 else ""
        if rng.random() < 0.4:
            items = self.named(["u.e", "count(*)", "sum(a.i)"])
            return f"SELECT {items} FROM {source}{where} GROUP BY u.e"
        items = self.named([self.value(columns, kind, 1) for kind in ("int", "text")])
        return f"SELECT {items} FROM {source}{where}{self.ordered(2)}"

    def derived(self) -> str:
        """Return a query over a subquery in FROM."""
        source, columns = self.source()
        inner = [self.value(columns, kind, 2) for kind in ("int", "text", "float")]
        outer: list[Column] = [("d.o0", "int"), ("d.o1", "text"), ("d.o2", "float")]
        text = f"(SELECT {self.named(inner)} FROM {source}) AS d WHERE "
        text += f"{self.prunable(outer)}{self.boolean(outer, 2)}"
        return f"SELECT {self.named(self.items(outer, 2))} FROM {text}{self.ordered(2)}"

    def with_cte(self) -> str:
        """Return a query over a CTE that is used twice."""
        source, columns = self.source()
        inner = [self.value(columns, kind, 1) for kind in ("int", "text")]
        outer: list[Column] = [("l.o0", "int"), ("l.o1", "text"), ("r.o1", "text")]
        condition = self.prunable(outer) + self.boolean(outer, 1)
        return (
            f"WITH w AS (SELECT {self.named(inner)} FROM {source}) "
            f"SELECT {self.named(self.items(outer, 2))} FROM w AS l JOIN w AS r ON l.o0 = r.o0 "
            f"WHERE {condition}"
        )
