"""A module that nobody traces."""


def call() -> None:
    """Do nothing."""
