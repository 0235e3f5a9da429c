"""Random window queries over table ``w`` whose answer another SQL engine can check."""

import random
from dataclasses import dataclass

COLUMNS = ["n", "g", "h", "i", "d", "u", "f", "s", "b", "ts", "dt"]


@dataclass
class Windows:
    """Makes queries; whatever depends on the order of ties has ``n`` to break them."""

    rng: random.Random

    def query(self) -> str:
        """Return one query of a random shape."""
        shapes = [self.plain] * 6 + [self.grouped, self.named, self.qualified, self.nested]
        shapes += [self.distinct_on, self.distinct, self.derived]
        return self.rng.choice(shapes)()

    # shapes

    def plain(self) -> str:
        """Return several windows over the rows that WHERE leaves."""
        items = [f"{self.call()} AS o{i}" for i in range(self.rng.randint(1, 3))]
        return f"SELECT n, {', '.join(items)} FROM w{self.where()} ORDER BY n"

    def grouped(self) -> str:
        """Return windows over groups."""
        order = self.rng.choice(["count(*), h", "sum(i) DESC, h", "h NULLS FIRST"])
        total = self.rng.choice(
            [
                f"sum(count(*)) OVER (ORDER BY {order})",
                "max(sum(i)) OVER ()",
                f"row_number() OVER (ORDER BY {order})",
                f"lag(count(*), 1, 0) OVER (ORDER BY {order})",
                "count(*) * 100.0 / sum(count(*)) OVER (PARTITION BY h IS NULL)",
            ]
        )
        having = self.rng.choice(["", " HAVING count(*) > 1"])
        return f"SELECT h, count(*) AS c, {total} AS o FROM w GROUP BY h{having} ORDER BY h"

    def named(self) -> str:
        """Return windows by name."""
        keys = self.partition(always=True)
        order = self.order(total=True)
        frame = self.frame(ranged=None)
        return (
            f"SELECT n, sum(i) OVER w AS a, count(f) OVER (w {order}) AS b, "
            f"last_value(s) OVER (v {frame}) AS c FROM w "
            f"WINDOW w AS ({keys}), v AS (w {order}) ORDER BY n"
        )

    def qualified(self) -> str:
        """Return rows that a window picks."""
        keys, order = self.partition(), self.order(total=True)
        test = self.rng.choice(
            [
                f"row_number() OVER ({keys} {order}) <= 2",
                f"i = max(i) OVER ({keys})",
                "o > 1",
                f"f > avg(i) OVER ({keys}) AND o IS NOT NULL",
            ]
        )
        return (
            f"SELECT n, rank() OVER ({keys} {order}) AS o FROM w{self.where()} "
            f"QUALIFY {test} ORDER BY n"
        )

    def nested(self) -> str:
        """Return windows inside expressions and in ORDER BY."""
        return (
            f"SELECT n, coalesce(i - lag(i) OVER (ORDER BY n), {self.rng.randint(0, 5)}) AS o, "
            f"CASE WHEN {self.call('max', 'i')} > 2 THEN upper(s) ELSE 'none' END AS p "
            f"FROM w ORDER BY row_number() OVER (ORDER BY n DESC)"
        )

    def distinct_on(self) -> str:
        """Return the first row of each group."""
        on, by = self.rng.choice([("g", "g"), ("g, h", "h DESC, g"), ("i % 3", "i % 3 DESC")])
        return f"SELECT DISTINCT ON ({on}) n, g, s FROM w{self.where()} ORDER BY {by}, n DESC"

    def distinct(self) -> str:
        """Return the different values of a window."""
        keys = self.partition(always=True)
        return f"SELECT DISTINCT g, count(*) OVER ({keys}) AS o FROM w ORDER BY g, o"

    def derived(self) -> str:
        """Return a filter above a window, on its partition or not."""
        test = self.rng.choice(["g = 1", "g IN (0, 2)", "h = 'a'", "i > 0", "o > 2", "g < 2"])
        keys = self.rng.choice(["g", "g, h", "h"])
        return (
            f"SELECT n, o FROM (SELECT n, g, h, i, sum(i) OVER (PARTITION BY {keys}) AS o, "
            f"count(*) OVER (PARTITION BY g) AS p FROM w) AS q WHERE {test} ORDER BY n"
        )

    def where(self) -> str:
        """Return a filter, or nothing."""
        return self.rng.choice(["", "", " WHERE i > -5", " WHERE g = 1", " WHERE b"])

    # windows

    def partition(self, *, always: bool = False) -> str:
        """Return PARTITION BY, or nothing."""
        choices = ["PARTITION BY g", "PARTITION BY h", "PARTITION BY g, h", "PARTITION BY f"]
        choices += ["PARTITION BY i % 2 = 0", "PARTITION BY b, g"]
        return self.rng.choice(choices if always else ["", "", *choices])

    def direction(self) -> str:
        """Return how a key is sorted."""
        return self.rng.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST"])

    def order(self, *, total: bool) -> str:
        """Return ORDER BY; a *total* one has no ties."""
        keys = self.rng.sample(["i", "f", "s", "ts", "d", "u", "dt", "b"], self.rng.randint(0, 2))
        keys = [f"{key}{self.direction()}" for key in keys]
        if total or not keys:
            keys.append(f"n{self.direction()}" if self.rng.random() < 0.5 else "n")
        return f"ORDER BY {', '.join(keys)}"

    def bounds(self, first: str, second: str) -> str:
        """Return BETWEEN with two offsets of random sides."""
        return self.rng.choice(
            [
                f"BETWEEN {first} PRECEDING AND {second} FOLLOWING",
                f"BETWEEN {first} PRECEDING AND CURRENT ROW",
                f"BETWEEN CURRENT ROW AND {first} FOLLOWING",
                f"BETWEEN {first} PRECEDING AND {second} PRECEDING",
                f"BETWEEN {first} FOLLOWING AND {second} FOLLOWING",
                f"BETWEEN UNBOUNDED PRECEDING AND {first} PRECEDING",
                f"BETWEEN UNBOUNDED PRECEDING AND {first} FOLLOWING",
                f"BETWEEN {first} FOLLOWING AND UNBOUNDED FOLLOWING",
                f"BETWEEN {first} PRECEDING AND UNBOUNDED FOLLOWING",
                "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                "BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                "BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                "BETWEEN CURRENT ROW AND CURRENT ROW",
                f"{first} PRECEDING",
                "UNBOUNDED PRECEDING",
            ]
        )

    def frame(self, *, ranged: str | None) -> str:
        """Return a frame; *ranged* is the one key that RANGE measures in."""
        exclude = ""
        if self.rng.random() < 0.25:
            exclude = " EXCLUDE " + self.rng.choice(["CURRENT ROW", "GROUP", "TIES", "NO OTHERS"])
        offsets = [str(self.rng.choice([0, 1, 2, 5, 40])) for _ in range(2)]
        unit = self.rng.choice(["ROWS", "GROUPS"])
        if ranged is None:
            return f"{unit} {self.bounds(*offsets)}{exclude}"
        if ranged in {"ts", "dt"}:
            units = {"ts": ["15 minutes", "90 minutes", "3 hours", "1 day"], "dt": ["5 days"]}
            lengths = [*units[ranged], "1 month"] if ranged == "dt" else units[ranged]
            offsets = [f"INTERVAL '{self.rng.choice(lengths)}'" for _ in range(2)]
        elif ranged == "f":
            offsets = [f"{offset}.25" for offset in offsets]
        return f"RANGE {self.bounds(*offsets)}{exclude}"

    def window(self, *, total: bool, framed: bool) -> str:
        """Return what stands in parentheses after OVER."""
        keys = self.partition()
        if framed and self.rng.random() < 0.3 and not total:
            key = self.rng.choice(["i", "d", "u", "f", "ts", "dt"])
            return f"{keys} ORDER BY {key}{self.direction()} {self.frame(ranged=key)}"
        order = self.order(total=total) if total or self.rng.random() < 0.8 else ""
        if not framed or self.rng.random() < 0.4:
            return f"{keys} {order}"
        frame = self.frame(ranged=None)
        return f"{keys} {self.order(total=True)} {frame}"

    # calls

    def call(self, *only: str) -> str:
        """Return a window function, or the aggregate *only* of a column."""
        kind = self.rng.random()
        if only:
            return f"{only[0]}({only[1]}) OVER ({self.window(total=False, framed=True)})"
        if kind < 0.2:
            name = self.rng.choice(["rank", "dense_rank", "percent_rank", "cume_dist"])
            return f"{name}() OVER ({self.partition()} {self.order(total=False)})"
        if kind < 0.3:
            name = self.rng.choice(["row_number()", f"ntile({self.rng.choice([1, 2, 3, 7, 100])})"])
            return f"{name} OVER ({self.partition()} {self.order(total=True)})"
        if kind < 0.55:
            return self.value()
        return self.aggregate()

    def value(self) -> str:
        """Return a function that takes another row's value."""
        column = self.rng.choice(COLUMNS)
        nulls = self.rng.choice(["", "", " IGNORE NULLS", " RESPECT NULLS"])
        if self.rng.random() < 0.5:
            offset = self.rng.choice(["", "", ", 1", ", 2", ", 0", ", 7", ", -1"])
            name = self.rng.choice(["lag", "lead"])
            if offset and column in {"i", "d"} and self.rng.random() < 0.5:
                offset += ", " + self.rng.choice(["0", "n", "-5"])
            window = f"{self.partition()} {self.order(total=True)}"
            return f"{name}({column}{offset}{nulls}) OVER ({window})"
        number = self.rng.choice([1, 2, 3, 9])
        name = self.rng.choice(["first_value({})", "last_value({})", "nth_value({}, N)"])
        called = name.format(column).replace("N", str(number))
        window = self.window(total=True, framed=True)
        return f"{called[:-1]}{nulls}) OVER ({window})"

    def aggregate(self) -> str:
        """Return an aggregate as a window function."""
        number = self.rng.choice(["i", "d", "f", "u", "i + d", "f * 2"])
        calm = self.rng.choice(["i", "d", "i * 1000000 + d"])
        any_column = self.rng.choice(COLUMNS)
        unordered = self.rng.choice(
            [
                "count(*)",
                f"count({any_column})",
                f"sum({number})",
                f"sum({number})",
                f"avg({number})",
                f"min({any_column})",
                f"max({any_column})",
                f"min({any_column})",
                f"max({any_column})",
                f"stddev({calm})",
                f"var_pop({calm})",
                f"median({calm})",
                "bool_and(b)",
                "bool_or(i > 0)",
                f"count(DISTINCT {any_column})",
                f"sum(DISTINCT {calm})",
            ]
        )
        ordered = self.rng.random() < 0.15
        called = self.rng.choice(["string_agg(s, '|')", "array_agg(i)"]) if ordered else unordered
        if self.rng.random() < 0.3:
            called += f" FILTER (WHERE {self.rng.choice(['i > 0', 'b', 'f < 1', 's = t.s'])})"
            called = called.replace("s = t.s", "s <> 'a'")
        return f"{called} OVER ({self.window(total=ordered, framed=True)})"
