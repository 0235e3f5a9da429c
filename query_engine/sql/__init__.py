"""SQL text to a Polars plan: ``plan`` is the entry, ``catalog`` is what it asks of tables."""

from query_engine.sql.planning import Prepared, is_explained, plan, prepare

__all__ = ["Prepared", "is_explained", "plan", "prepare"]
