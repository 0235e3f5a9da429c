"""
The clicks suite: one wide table of page views, made by us in the shape of ClickBench.

Cardinalities are what makes such a table hard, and they grow with the rows: a sixth as many users
as rows, addresses and URLs with a long tail, most search phrases empty, most flags zero. The same
number of rows is always the same table; it is kept as a Delta table between runs.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from deltalake import write_deltalake

from benchmarks.query.clicks_questions import questions
from benchmarks.query.engines import engines_over, planning
from benchmarks.query.suite import Suite

CHUNK_ROWS = 1_000_000
DAYS = 31
BEGIN_S = 1_782_864_000  # 2026-07-01T00:00:00Z
WORDS = np.array(
    [
        "kino",
        "song",
        "weather",
        "news",
        "shop",
        "maps",
        "mail",
        "forum",
        "game",
        "photo",
        "car",
        "city",
        "phone",
    ]
)
HOSTS = np.array(
    [f"{name}{n}.example" for name in WORDS for n in range(40)] + ["google.example", "www.google.x"]
)
MODELS = np.array(["", "", "", "", "", "", "", "", "A1", "A2", "B7", "C3", "X", "iX", "N90", "Z2"])


def suite(rows: int) -> Suite:
    """Return the suite over a table of so many rows."""
    path = table(rows)
    words = {
        "user": str(user_ids(np.array([7]), rows)[0]),
        "hash": str(int(hashed(np.array([3]))[0])),
        "many": str(rows // 1000),
    }
    return Suite(
        name="clicks",
        questions=questions(),
        engines=engines_over({"hits": path}),
        rows={"hits": rows},
        plan=planning({"hits": path}),
        words={"limnograph": words, "duckdb": words, "datafusion": words},
    )


def table(rows: int) -> Path:
    """Return the Delta table, made if it is not there yet."""
    folder = Path(tempfile.gettempdir()) / "limnograph-bench" / f"clicks-{rows}"
    if not folder.exists():
        building = folder.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        for begin in range(0, rows, CHUNK_ROWS):
            count = min(CHUNK_ROWS, rows - begin)
            frame = hits(begin, count, rows).sort("counter_id", "event_date", "user_id")
            write_deltalake(str(building), frame.to_arrow(), mode="append")
        building.rename(folder)
    return folder


def hits(begin: int, count: int, rows: int) -> pl.DataFrame:
    """Return page views *begin* to *begin* + *count* of a table of *rows*."""
    rng = np.random.default_rng(begin)
    visitor = rng.zipf(1.3, count) % max(2, rows // 6)
    page = rng.zipf(1.2, count) % max(2, rows // 4)
    came_from = rng.zipf(1.2, count) % max(2, rows // 5)
    seconds = BEGIN_S + np.sort(rng.integers(0, DAYS * 86_400, count))
    searched = rng.random(count) < 0.13
    query = rng.zipf(1.25, count) % max(2, rows // 15)
    times = pl.Series("event_time", seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame(
        {
            "watch_id": hashed(np.arange(begin, begin + count) + 1),
            "event_time": times,
            "event_date": times.dt.date(),
            "counter_id": pick(rng, count, 6_000, 1.2),
            "user_id": user_ids(visitor, rows),
            "region_id": pick(rng, count, 5_000, 1.4),
            "url": addresses(page, "p"),
            "referer": pl.Series(addresses(came_from, "r")).set(
                pl.Series(rng.random(count) < 0.2), ""
            ),
            "title": titles(page),
            "search_phrase": phrases(query, searched),
            "search_engine_id": np.where(searched, rng.integers(1, 80, count), 0).astype(np.int16),
            "adv_engine_id": rare(rng, count, 0.04, 60),
            "resolution_width": rng.choice([0, 1024, 1280, 1366, 1440, 1920], count).astype(
                np.int16
            ),
            "is_refresh": rare(rng, count, 0.12, 2),
            "is_link": rare(rng, count, 0.08, 2),
            "is_download": rare(rng, count, 0.01, 2),
            "dont_count_hits": rare(rng, count, 0.05, 2),
            "traffic_source_id": rng.integers(-1, 10, count).astype(np.int16),
            "mobile_phone": rare(rng, count, 0.06, 90),
            "mobile_phone_model": MODELS[rng.integers(0, len(MODELS), count)],
            "client_ip": (visitor * 2_654_435_761 % 2_000_000_000).astype(np.int32),
            "user_agent": rng.integers(0, 80, count).astype(np.int16),
            "url_hash": hashed(page),
            "referer_hash": hashed(came_from),
            "window_width": rng.integers(0, 2_000, count).astype(np.int16),
            "window_height": rng.integers(0, 1_200, count).astype(np.int16),
        }
    )


def pick(rng: np.random.Generator, count: int, many: int, skew: float) -> np.ndarray:
    """Return numbers below *many*, a few of them most of the time."""
    return (rng.zipf(skew, count) * 31 % many).astype(np.int32)


def rare(rng: np.random.Generator, count: int, share: float, many: int) -> np.ndarray:
    """Return numbers from 1 below *many* in a share of the rows, 0 in the others."""
    return np.where(rng.random(count) < share, rng.integers(1, many, count), 0).astype(np.int16)


def hashed(numbers: np.ndarray) -> np.ndarray:
    """Return 62-bit numbers that look random, the same for the same number."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(2)).astype(np.int64)


def user_ids(visitor: np.ndarray, rows: int) -> np.ndarray:
    """Return the ids of visitors."""
    return hashed(visitor + rows)


def addresses(page: np.ndarray, kind: str) -> pl.Series:
    """Return a URL for each page."""
    host = pl.Series(HOSTS[page % len(HOSTS)])
    return pl.select(
        pl.format("http://{}/{}/{}?id={}", host, pl.lit(kind), pl.lit(pl.Series(page % 997)), page)
    ).to_series()


def titles(page: np.ndarray) -> pl.Series:
    """Return a title for each page; some name Google."""
    word, other = WORDS[page % len(WORDS)], WORDS[page // 7 % len(WORDS)]
    name = pl.Series(np.where(page % 41 == 0, "Google", "Portal"))
    return pl.select(
        pl.format("{} {} - {} {}", pl.Series(word), pl.Series(other), name, pl.Series(page % 5000))
    ).to_series()


def phrases(query: np.ndarray, searched: np.ndarray) -> pl.Series:
    """Return what was searched for; mostly nothing."""
    word = pl.Series(WORDS[query % len(WORDS)])
    text = pl.format("{} number {}", word, pl.Series(query))
    return pl.select(pl.when(pl.Series(searched)).then(text).otherwise(pl.lit(""))).to_series()
