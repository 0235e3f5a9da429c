"""SQL text to a Polars plan: ``plan`` is the one entry, ``catalog`` is what it asks of tables."""

from query_engine.sql.planning import plan

__all__ = ["plan"]
