"""What one seed stands for: tables, and queries over them."""

import random

import polars as pl

from tests.query_engine.sql.differential.generator import Generator
from tests.query_engine.sql.differential.tables import random_tables

QUERIES_PER_SEED = 40


def case(seed: int) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return the tables and queries of a seed."""
    rng = random.Random(seed)
    tables = random_tables(rng)
    generator = Generator(rng)
    return tables, [generator.query() for _ in range(QUERIES_PER_SEED)]
