"""Random joins of several tables: what the order of joins and the sinking of filters must keep."""

from dataclasses import dataclass

from tests.query_engine.sql.differential.correlated import Correlated
from tests.query_engine.sql.differential.expressions import Column

KINDS = ["JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]


@dataclass
class Joining(Correlated):
    """Makes queries over three to five relations."""

    def query(self) -> str:
        """Return one query of a random shape."""
        return self.rng.choice([self.chain, self.chain, self.commas, self.merged, self.stars])()

    def relation(self, alias: str) -> str:
        """Return a table, or a query over one with the columns that joins need."""
        table = self.rng.choice("xyz")
        if self.rng.random() < 0.7:
            return f"{table} AS {alias}"
        inner = self.rng.choice(
            [
                f"SELECT * FROM {table} AS v WHERE {self.boolean(self.columns('v'), 1)}",
                f"SELECT v.* FROM {table} AS v SEMI JOIN z AS o ON o.k = v.k",
                f"SELECT * FROM {table} UNION ALL SELECT * FROM z WHERE i > 2",
            ]
        )
        return f"({inner}) AS {alias}"

    def equality(self, left: list[Column], right: list[Column]) -> str:
        """Return an equality of two columns, often the small keys."""
        if self.rng.random() < 0.7:
            key = self.rng.choice("kks")
            one = self.rng.choice(left)[0].partition(".")[0]
            return f"{one}.k = {right[0][0].partition('.')[0]}.{key}"
        kind = self.rng.choice(["int", "text", "date", "dec", "float", "bool", "narrow"])
        return f"{self.name(left, kind)} = {self.name(right, kind)}"

    def chain(self) -> str:
        """Return joins of every kind, one after the other, under a filter."""
        columns = self.columns("a")
        text = self.relation("a")
        plain = True
        for alias in self.rng.choice(["cg", "cg", "cgh", "cghj"]):
            own = self.columns(alias)
            kind = self.rng.choice(KINDS)
            on = self.equality(columns, own)
            if kind != "FULL JOIN" and self.rng.random() < 0.4:
                on += f" AND {self.boolean([*columns, *own], 1)}"
            if self.rng.random() < 0.1:
                kind, on = "CROSS JOIN", ""
            text += f" {kind} {self.relation(alias)}" + (f" ON {on}" if on else "")
            columns = [*columns, *own]
            plain = plain and kind in {"JOIN", "LEFT JOIN"}
        return self.over(text, columns, subqueries=plain)

    def commas(self) -> str:
        """Return relations with commas; WHERE joins them."""
        aliases = self.rng.choice(["acg", "acg", "acgh"])
        columns: list[Column] = []
        tests = []
        for alias in aliases:
            own = self.columns(alias)
            if columns:
                tests.append(self.equality(columns, own))
            columns += own
        if self.rng.random() < 0.3:
            tests.append(f"({tests[0]} OR {self.boolean(columns, 1)})")
        source = ", ".join(self.relation(alias) for alias in aliases)
        return self.over(f"{source} WHERE {' AND '.join(tests)} AND", columns, subqueries=True)

    def over(self, text: str, columns: list[Column], *, subqueries: bool) -> str:
        """Return a list or groups over joined relations, maybe filtered."""
        test = self.boolean(columns, self.rng.choice([0, 1, 2]))
        if subqueries and self.rng.random() < 0.4:
            test = f"{self.condition(columns, 0)} AND {test}"
        text += f" {test}" if text.endswith(" AND") else f" WHERE {test}"
        if self.rng.random() < 0.3:
            key = self.rng.choice(columns)[0]
            items = self.named([key, self.aggregate(columns), "count(*)"])
            return f"SELECT {items} FROM {text} GROUP BY {key}"
        items = [self.rng.choice(columns)[0] for _ in range(2)]
        items.append(self.value(columns, self.rng.choice(["int", "text", "dec"]), 2))
        return f"SELECT {self.named(items)} FROM {text}"

    def merged(self) -> str:
        """Return joins by columns of one name."""
        kinds = [self.rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]) for _ in "ab"]
        keys = self.rng.choice(["k", "k, s", "d", "t, b"])
        first = keys.partition(",")[0]
        text = f"x AS a {kinds[0]} y AS b USING ({keys}) {kinds[1]} z AS c USING ({keys})"
        where = self.rng.choice(["", f" WHERE {first} IS NOT NULL", " WHERE a.i > b.i OR c.i < 0"])
        return f"SELECT {keys}, a.i AS p, b.f AS q, c.m AS r FROM {text}{where}"

    def stars(self) -> str:
        """Return whole rows of queries, by name or by place."""
        word = self.rng.choice(["UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
        test = self.boolean(self.columns("a"), 1)
        return self.rng.choice(
            [
                f"SELECT * FROM x AS a WHERE {test}",
                f"SELECT a.* EXCLUDE (l, lt) FROM x AS a {word} SELECT * EXCLUDE (l, lt) FROM y",
                f"SELECT k, t, i FROM x AS a WHERE {test} UNION ALL BY NAME SELECT i, k, f FROM y",
                f"SELECT * REPLACE (i + 1 AS i) FROM (SELECT k, i FROM x AS a WHERE {test}) AS p",
                f"(SELECT k, i FROM x {word} SELECT k, i FROM y) {word} (SELECT s, k FROM z)",
                f"SELECT k, i FROM x {word} (SELECT k, i FROM y UNION ALL SELECT s, k FROM z)",
            ]
        )
