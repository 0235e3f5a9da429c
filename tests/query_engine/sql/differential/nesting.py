"""Random queries made of queries: windows over joins, several CTEs, recursion, sets of groups."""

from dataclasses import dataclass

from tests.query_engine.sql.differential.correlated import Correlated
from tests.query_engine.sql.differential.expressions import Column
from tests.query_engine.sql.differential.shapes import Shapes


@dataclass
class Nesting(Shapes):
    """Makes queries whose parts are queries of the other shapes."""

    def query(self) -> str:
        """Return one query of a random shape."""
        shapes = [self.windowed, self.counted, self.joined, self.recursive, self.of_groups]
        return self.rng.choice([*shapes, self.windowed, self.existing, self.firsts])()

    def whole(self) -> str:
        """Return a query without ORDER BY whose first column is called o0."""
        shapes = Correlated(self.rng) if self.rng.random() < 0.3 else Shapes(self.rng)
        while True:
            text = shapes.query()
            if "ORDER BY" not in text and " AS o0" in text:
                return text

    def windowed(self) -> str:
        """Return windows over expressions of a join, maybe picked by QUALIFY."""
        source, columns = self.source()
        key = self.value(columns, self.rng.choice(["int", "text", "bool", "date"]), 1)
        order = f"{self.value(columns, self.rng.choice(['int', 'float', 'time', 'dec']), 1)}"
        function = self.rng.choice(["rank()", "dense_rank()", "count(*)", "cume_dist()"])
        if self.rng.random() < 0.6:
            kinds = ["int", "float", "dec", "text", "edge", "nano", "blob", "span"]
            kind = self.rng.choice(kinds)
            names = ["min", "max", "count"]
            names += ["sum", "avg"] if kind in {"int", "float"} else []
            function = f"{self.rng.choice(names)}({self.value(columns, kind, 1)})"
        direction = self.rng.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
        window = f"{function} OVER (PARTITION BY {key} ORDER BY {order}{direction})"
        items = [window, self.rng.choice(columns)[0]]
        qualify = self.rng.choice(["", "", " QUALIFY o0 IS NOT NULL", f" QUALIFY {window} = o0"])
        return f"SELECT {self.named(items)} FROM {source}{qualify}"

    def counted(self) -> str:
        """Return how often each first value of a query occurs."""
        outer = self.rng.choice(["count(*)", "count(p.o0)", "count(DISTINCT p.o0)"])
        group = f"SELECT p.o0 AS v, {outer} AS c FROM ({self.whole()}) AS p GROUP BY p.o0"
        return self.rng.choice(
            [
                group,
                f"SELECT DISTINCT o0 FROM ({self.whole()}) AS p",
                f"SELECT c, count(*) AS d FROM ({group}) AS g GROUP BY c",
                f"SELECT {outer} AS v FROM ({self.whole()}) AS p",
                f"{group} HAVING count(*) > 1",
            ]
        )

    def joined(self) -> str:
        """Return a join of two queries, by what each row's values are."""
        kind = self.rng.choice(["JOIN", "LEFT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN"])
        inner = [self.value(self.columns("a"), "int", 2), "a.t", "a.f"]
        other = [self.value(self.columns("c"), "int", 2), "c.t", "c.f"]
        left = f"SELECT {self.named(inner)} FROM x AS a WHERE {self.boolean(self.columns('a'), 1)}"
        right = f"SELECT {self.named(other)} FROM y AS c"
        right += self.rng.choice(
            ["", f" WHERE {self.boolean(self.columns('c'), 1)}", " WHERE c.i > 0"]
        )
        columns: list[Column] = [("l.o0", "int"), ("l.o1", "text"), ("l.o2", "float")]
        where = self.rng.choice(["", f" WHERE {self.boolean(columns, 1)}"])
        items = "l.o0, l.o1" if kind in {"SEMI JOIN", "ANTI JOIN"} else "l.o0, r.o1, l.o2"
        on = self.rng.choice(["l.o0 = r.o0", "l.o0 = r.o0 AND l.o1 = r.o1", "l.o2 = r.o2"])
        return f"WITH l AS ({left}), r AS ({right}) SELECT {items} FROM l {kind} r ON {on}{where}"

    def recursive(self) -> str:
        """Return a recursive CTE over the rows of a table."""
        columns = self.columns("a")
        step = self.rng.choice(
            [
                "SELECT r.n + 1, r.v FROM r WHERE r.n < 6",
                "SELECT r.n + 1, r.v || 'x' FROM r WHERE length(r.v) < 4 AND r.n < 7",
                "SELECT c.i, c.t FROM r JOIN y AS c ON c.k = r.n",
                "SELECT c.i, r.v FROM r JOIN y AS c ON c.k = r.n AND c.s > 0",
            ]
        )
        word = "UNION" if " JOIN " in step else self.rng.choice(["UNION", "UNION ALL"])
        anchor = f"SELECT a.k, a.t FROM x AS a WHERE {self.boolean(columns, 1)}"
        outer = self.rng.choice(["n, v", "count(*), max(n), min(v)"])
        return f"WITH RECURSIVE r(n, v) AS ({anchor} {word} {step}) SELECT {outer} FROM r"

    def of_groups(self) -> str:
        """Return a set operation between groups and plain rows, or groups of groups."""
        source, columns = self.source()
        key = self.value(columns, "int", 1)
        groups = f"SELECT {key} AS p, count(*) AS c FROM {source} GROUP BY 1"
        word = self.rng.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL"])
        return self.rng.choice(
            [
                f"{groups} {word} SELECT c.k, c.i FROM y AS c",
                f"SELECT g.c, sum(g.p) AS q, max(g.p) AS r FROM ({groups}) AS g GROUP BY g.c",
                f"SELECT g.p, a.t FROM ({groups}) AS g JOIN x AS a ON a.k = g.p AND a.i < g.c",
                f"SELECT a.t, a.i FROM x AS a WHERE (a.k, a.i) IN ({groups})",
                f"SELECT p FROM ({groups}) AS g WHERE g.c = (SELECT max(c) FROM ({groups}) AS h)",
            ]
        )

    def existing(self) -> str:
        """Return rows by whether a query that does not depend on them has any."""
        word = self.rng.choice(["EXISTS", "NOT EXISTS"])
        columns = self.columns("v")
        value = f"(SELECT count(*) FROM ({self.whole()}) AS p)"
        return self.rng.choice(
            [
                f"SELECT v.i, v.t FROM x AS v WHERE {word} ({self.whole()})",
                f"SELECT v.i, {value} AS c FROM x AS v WHERE {self.boolean(columns, 1)}",
            ]
        )

    def firsts(self) -> str:
        """Return the first rows of a whole order inside a query."""
        columns = self.columns("a")
        items = self.named([self.value(columns, "int", 2), "a.n"])
        direction = self.rng.choice(["", " DESC", " DESC NULLS LAST", " NULLS FIRST"])
        order = f"ORDER BY o0{direction}, o1 LIMIT {self.rng.randint(0, 9)}"
        order += self.rng.choice(["", " OFFSET 2"])
        inner = f"SELECT {items} FROM x AS a WHERE {self.boolean(columns, 2)} {order}"
        where = f" WHERE {self.boolean(self.columns('b'), 1)}"
        return self.rng.choice(
            [
                f"SELECT p.o0, c.t FROM ({inner}) AS p JOIN y AS c ON c.k = p.o0",
                f"SELECT count(*) AS c, max(o1) AS d FROM ({inner}) AS p WHERE o0 > 0",
                f"({inner}) UNION ALL (SELECT c.k, c.n FROM y AS c ORDER BY c.n LIMIT 3)",
                f"SELECT DISTINCT ON (b.k) b.k, b.n FROM x AS b{where} ORDER BY b.k, b.n DESC",
            ]
        )
