"""A module that the benchmark traces."""


def call() -> None:
    """Do nothing, traced."""
