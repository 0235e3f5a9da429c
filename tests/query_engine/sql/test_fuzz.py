"""
Whatever the text, the planner plans it or refuses it with our own error.

``LIMNO_SQL_FUZZ=100000 pytest ...`` tries more than the ones that CI does.
"""

import os

import pytest

from tests.query_engine.sql.fuzzing import complaint, inputs

INPUTS = int(os.environ.get("LIMNO_SQL_FUZZ", "2000"))
INPUTS_PER_SEED = 250


@pytest.mark.parametrize("seed", range(max(1, INPUTS // INPUTS_PER_SEED)))
def test_any_text_is_planned_or_refused_with_our_error(seed: int) -> None:
    """
    A stranger's text never reaches a crash: every failure has a class, a message and a place.
    """
    for sql in inputs(seed, INPUTS_PER_SEED):
        wrong = complaint(sql)
        assert wrong is None, f"seed {seed}: {wrong}\n{sql[:2000]}"
