"""Tests of checks write to a lake as the receiver does."""

from tests.assets.filled_lake import filled, new_sender

__all__ = ["filled", "new_sender"]
