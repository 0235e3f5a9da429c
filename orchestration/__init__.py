"""The Dagster code location: supervises the lake."""
