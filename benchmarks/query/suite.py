"""What a suite is: tables on disk and the questions asked of them, in the words of each engine."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

Engine = Literal["limnograph", "duckdb", "datafusion"]
Ask = Callable[[str], pa.Table]
Fresh = Callable[[], AbstractContextManager[Ask]]
"""Opens an engine with nothing in its caches and the tables registered."""


@dataclass(frozen=True, slots=True)
class Question:
    """
    A query that all engines are asked.

    Attributes:
        text: SQL; ``{word}`` stands for what the suite or the engine's dialect calls it.
        ordered: The order of the rows is part of the answer and unambiguous.
        any_rows: Any so many rows are an answer; only their number is compared.
    """

    name: str
    text: str
    ordered: bool = False
    any_rows: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """
    Questions and the engines to ask, all over the same files.

    Attributes:
        plan: Our front end alone: from a text to the plan that a worker gets.
        words: For each engine what stands for ``{word}`` in the texts.
        rows: Rows by table, for the report.
    """

    name: str
    questions: tuple[Question, ...]
    engines: Mapping[Engine, Fresh]
    rows: Mapping[str, int]
    plan: Callable[[str], object]
    words: Mapping[Engine, Mapping[str, str]] = field(default_factory=dict)

    def text(self, engine: Engine, question: Question) -> str:
        """Return the question as *engine* understands it."""
        text = question.text
        for word, meaning in self.words.get(engine, {}).items():
            text = text.replace("{" + word + "}", meaning)
        return text
