"""Random SELECTs that may be views, over log_entries, and random events for them."""

import random
from dataclasses import dataclass

COLUMNS = {
    "time": "time",
    "process_id": "process_id",
    "level": "level",
    "msg": "msg",
    "upper_msg": "upper(msg)",
    "half": "level / 2",
    "share": "10.0 / (level - 3)",
    "whole": "100 / (level - 2)",
    "number": "CAST(msg AS BIGINT)",
    "long": "length(msg) > 2",
    "day": "CAST(time AS DATE)",
    "minute": "date_bin('1 minute', time)",
    "route": "property_get(properties, 'route')",
    "named": "CASE WHEN level <= 2 THEN 'bad' WHEN level = 3 THEN NULL ELSE msg END",
}
CONDITIONS = (
    "level <= 3",
    "msg LIKE '%1%'",
    "level IN (1, 4)",
    "msg IS NOT NULL",
    "100 / level > 30",
)
KEYS = {
    "minute": "date_bin('1 minute', time)",
    "hour": "date_trunc('hour', time)",
    "process_id": "process_id",
    "level": "level",
    "bad": "level <= 2",
    "route": "property_get(properties, 'route')",
    "letter": "substr(msg, 1, 1)",
}
AGGREGATES = {
    "n": "count(*)",
    "known": "count(property_get(properties, 'route'))",
    "few": "count(*) FILTER (WHERE level < 3)",
    "many": "count_if(level > 2)",
    "total": "sum(level)",
    "least": "min(msg)",
    "latest": "max(time)",
    "every_low": "bool_and(level < 4)",
    "any_low": "bool_or(level < 2)",
    "bits": "bit_or(level)",
    "odd": "bit_xor(level)",
    "filled": "count_from_histogram(h)",
    "h": "make_histogram(0, 10, 5, level)",
}


@dataclass(frozen=True)
class RandomView:
    """A SELECT, and the merge rule that it needs."""

    sql: str
    merge: str


def random_view(rng: random.Random) -> RandomView:
    """Return a SELECT that may be a view."""
    return _rollup(rng) if rng.random() < 0.5 else _rows(rng)


def random_logs(rng: random.Random, number: int) -> list[dict[str, object]]:
    """Return rows of a block; texts are numbers now and then."""
    minute = 60_000_000_000
    return [
        {
            "time": rng.randrange(90) * minute + rng.randrange(minute),
            "level": rng.randint(1, 6),
            "msg": rng.choice(["1", "12", f"at {number}", "ab", "größer"]),
            "properties": rng.choice([{}, {"route": "/a"}, {"route": "/b"}]),
        }
        for _ in range(rng.randint(1, 6))
    ]


def _rows(rng: random.Random) -> RandomView:
    names = ["time", *rng.sample(sorted(COLUMNS.keys() - {"time"}), rng.randint(1, 5))]
    select = _selected({name: COLUMNS[name] for name in names}, rng)
    if rng.random() < 0.2:
        select = f"{select} UNION ALL {select}"
    return RandomView(select, "")


def _rollup(rng: random.Random) -> RandomView:
    keys = [rng.choice(["minute", "hour"])]
    keys += rng.sample(sorted(KEYS.keys() - {"minute", "hour"}), rng.randint(0, 2))
    calls = rng.sample(sorted(AGGREGATES.keys() - {"filled"}), rng.randint(1, 4))
    items = {name: KEYS[name] for name in keys} | {name: AGGREGATES[name] for name in calls}
    places = ", ".join(str(place + 1) for place in range(len(keys)))
    return RandomView(f"{_selected(items, rng)} GROUP BY {places}", "auto")


def _selected(items: dict[str, str], rng: random.Random) -> str:
    listed = ", ".join(f"{value} AS {name}" for name, value in items.items())
    conditions = rng.sample(CONDITIONS, rng.randint(0, 2))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {listed} FROM log_entries{where}"
