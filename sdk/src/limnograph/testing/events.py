"""
The events as tests see them: frozen values, one class for each kind.

Properties are text to text, as a query finds them; times are Unix nanoseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapturedLog:
    """One log record; *template* is the constant text of the call, "" where there is none."""

    time_ns: int
    level: str
    msg: str
    template: str
    target: str
    file: str
    line: int
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CapturedMetric:
    """One recorded value, or one flush's increase of a counter or last value of a gauge."""

    time_ns: int
    name: str
    unit: str
    value: float
    target: str
    file: str
    line: int
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CapturedSpan:
    """
    One span that has ended; *parent* is 0 without one, *failed*: its status is error.

    *coroutine*: a coroutine or an asynchronous generator ran it, so others may lie across it.
    """

    begin_ns: int
    duration_ns: int
    name: str
    id: int
    parent: int
    depth: int
    failed: bool
    target: str
    file: str
    line: int
    properties: Mapping[str, str]
    coroutine: bool = False


@dataclass(frozen=True, slots=True)
class CapturedImage:
    """One image."""

    time_ns: int
    name: str
    format: str
    data: bytes
    target: str
    file: str
    line: int
    properties: Mapping[str, str]
