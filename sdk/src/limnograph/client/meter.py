"""
How far a long query is, drawn while somebody waits for it: in a terminal or a notebook.

Rule: nothing is drawn, and nothing is asked of the service, before a query has taken long.
"""

import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

from limnograph.client import background
from limnograph.client.errors import QueryError
from limnograph.client.limits import (
    PROGRESS_AFTER_SECONDS,
    PROGRESS_STEP_SECONDS,
    WAIT_SECONDS_MAX,
)
from limnograph.client.stream import Stream

_READ = [("files", "files"), ("slices", "slices")]
"""What is counted of a query that reads: the word for it, and how the service calls it."""


class Meter:
    """
    Draws one query's progress; ``with`` clears what was drawn.

    Args:
        stream: The query.
        shown: Whether to draw; None: if there is somebody to see it.
    """

    def __init__(self, stream: Stream, shown: bool | None = None) -> None:
        self._stream = stream
        self._shown = seen() if shown is None else shown
        self._bar: Any = None
        self._drawn_s = 0.0
        self._watch: Watch | None = None

    def step_s(self) -> float:
        """Return for how long nothing has to be drawn."""
        if not self._shown:
            return WAIT_SECONDS_MAX
        if self._bar is not None:
            return PROGRESS_STEP_SECONDS
        waited_s = time.monotonic() - self._stream.begun
        return max(PROGRESS_AFTER_SECONDS - waited_s, 0.01)

    def draw(self) -> None:
        """Draw what is known now, if it is time to."""
        now = time.monotonic()
        if not self._shown or now - self._stream.begun < PROGRESS_AFTER_SECONDS:
            return
        if now - self._drawn_s < PROGRESS_STEP_SECONDS:
            return
        self._drawn_s = now
        if self._bar is None:
            self._bar = _new_bar()
        if self._watch is None or self._watch.query_id != self._stream.query.query_id:
            self._watch = Watch(self._stream)
        said = self._watch.said
        _, done, total = _parts(said)
        if (total or None) != self._bar.total:
            self._bar.reset(total or None)
        self._bar.n = min(done, total) if total else 0
        self._bar.set_description_str(description(self._stream, said), refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        """Clear what was drawn."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Watch:
    """
    Asks the service how far a query is, in a thread, until it ends.

    Attributes:
        said: What it said last; empty when it does not say.
    """

    def __init__(self, stream: Stream) -> None:
        self.query_id, self._door = stream.query.query_id, stream.door
        self.said: Mapping[str, Any] = {}
        background.start(f"progress {self.query_id}", self._follow, lambda: None)

    def _follow(self) -> None:
        try:
            for said in self._door.progress(self.query_id):
                self.said = said
        except QueryError:
            # Only the drawing suffers: rows and seconds are known without the service.
            return


def description(stream: Stream, said: Mapping[str, Any]) -> str:
    """Return what stands before the bar."""
    seconds = time.monotonic() - stream.begun
    words = [f"{seconds:.0f} s"]
    if stream.trouble is not None:
        words.append(f"{stream.trouble.text}; trying again")
    elif said.get("state"):
        words.append(str(said["state"]))
    kind, done, total = _parts(said)
    if total:
        words.append(f"{done}/{total} {kind}")
    if stream.rows:
        words.append(f"{stream.rows:,} rows")
    return ", ".join(words)


def seen() -> bool:
    """Say whether somebody looks at what is drawn: a terminal, or a notebook."""
    return _in_notebook() or bool(sys.stderr is not None and sys.stderr.isatty())


def _parts(said: Mapping[str, Any]) -> tuple[str, int, int]:
    """
    Return what is counted, how many are done and their total: files, else slices.

    While a table is built first, it is the hours of that.
    """
    building = said.get("state") == "building"
    for kind, name in [("hours", "build_hours")] if building else _READ:
        done, total = said.get(f"{name}_done"), said.get(f"{name}_total")
        if isinstance(done, int) and isinstance(total, int) and total > 0:
            return kind, done, total
    return "", 0, 0


def _new_bar() -> Any:
    if _in_notebook() and find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no thread of tqdm's own: whoever waits draws

    return Bar(
        leave=False,
        file=sys.stderr,
        mininterval=0,
        dynamic_ncols=True,
        bar_format="{desc} {bar}",
    )


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"
