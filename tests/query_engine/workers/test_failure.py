"""An error on its way from a worker to the service."""

import json

import polars as pl
import pytest

from query_engine.errors import ResourceExhausted
from query_engine.functions.function import BadValue
from query_engine.sql.errors import RunProblem
from query_engine.workers.failure import WorkerFailure, heard, told


class Foreign(Exception):
    """Of no module that the service trusts."""


@pytest.mark.parametrize(
    "error",
    [
        RunProblem("a value", line=2, column=3, hint="another"),
        BadValue("a value"),
        pl.exceptions.ComputeError("the engine"),
        FileNotFoundError("a file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_known_errors_arrive_as_they_were(error):
    """
    With their text and what they know.
    """
    arrived, fatal = heard(memoryview(told(error)))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert not fatal


def test_anything_else_is_for_the_log():
    """
    Nothing that a worker says makes the service load or run what it did not mean to.
    """
    arrived, fatal = heard(memoryview(told(Foreign("x"))))
    assert type(arrived) is WorkerFailure
    assert not fatal
    for module, name in (("os", "system"), ("query_engine.errors", "LakeError.__init__")):
        fields = {"module": module, "name": name, "text": "x", "trace": "", "fatal": False}
        arrived, _ = heard(memoryview(json.dumps(fields | {"state": {}}).encode()))
        assert type(arrived) is WorkerFailure


def test_what_is_no_exception_costs_the_worker():
    """
    A panic leaves the engine in a state that nobody knows.
    """
    _, fatal = heard(memoryview(told(KeyboardInterrupt())))
    assert fatal


def test_an_engine_out_of_disk_is_a_query_that_needs_too_much():
    """
    In our words, with our setting; and the worker is not used again.
    """
    text = "query aborted: spilled data exceeded the out-of-core disk budget"
    arrived, fatal = heard(memoryview(told(pl.exceptions.ComputeError(text))))
    assert isinstance(arrived, ResourceExhausted)
    assert "spill_bytes_max" in str(arrived)
    assert fatal
