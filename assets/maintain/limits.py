"""Limits of maintenance, each with what happens when it is reached."""

STEPS_MAX = 1_000
"""Steps of one run of a task; what is left over is in the plan of the next run."""
