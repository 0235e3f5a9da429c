"""From SQL text to a Polars plan."""
