"""One gap of a table on its way to be filled, as everybody sees it who waits for it."""

import time
from dataclasses import dataclass, field
from threading import Condition
from typing import Literal

from assets.materialize import Report, WantedSlices
from assets.storage.metadata.requests import Standing

State = Literal["queued", "building", "requested", "running", "done", "failed"]


@dataclass(slots=True)
class Filling:
    """
    Somebody's work on a gap: this service's (``queued``, ``building``), or the orchestration's.

    Thread-safe. Nobody has to wait to the end, and it goes on when nobody waits.

    Attributes:
        gap: What is filled.
        reason: Which query wanted it first.
        message: What was said of it last.
        request_id: The request to the orchestration, if it is one.
        attended: There is somebody who works on it, as far as is known.
        wanted_at: When a query last came to it, monotonic seconds.
    """

    gap: WantedSlices
    reason: str
    state: State = "queued"
    message: str = "waits for a place to build"
    request_id: str = ""
    attended: bool = True
    wanted_at: float = field(default_factory=time.monotonic)
    _hours: tuple[int, int] = (0, 0)
    _report: Report | None = None
    _waiting: int = 0
    _changed: Condition = field(default_factory=Condition)

    @property
    def key(self) -> tuple[str, str]:
        """View and process: there is one at a time for each."""
        return self.gap.view.name, self.gap.process_id

    @property
    def told(self) -> str:
        """What is being built and how it goes, in one line."""
        return f"{' of process '.join(filter(None, self.key))}: {self.message}"

    @property
    def ended(self) -> bool:
        """Whether it is over, well or not."""
        return self.state in {"done", "failed"}

    @property
    def hours_total(self) -> int:
        """Hours that are to be done."""
        return max(self._hours[1], 1) if self.request_id else len(self.gap.slices)

    @property
    def hours_done(self) -> int:
        """Hours of them that are done."""
        if self.state == "done":
            return self.hours_total
        done = self._hours[0] if self._report is None else len(self._report.slices)
        return min(done, self.hours_total)

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._waiting

    def building(self, report: Report) -> None:
        """Note that this service works on it, and writes into *report* what it has done."""
        with self._changed:
            self._report = report
            self.state, self.message = "building", "the query service builds it"

    def asked(self, request_id: str) -> None:
        """Note that the orchestration was asked to do it."""
        with self._changed:
            self.request_id = request_id
            self.state, self.message = "requested", "asked for a run that builds it"

    def stands(self, standing: Standing, *, attended: bool) -> None:
        """Note how far the orchestration is."""
        with self._changed:
            if standing.state == "running":
                self.state = "running"
            self._hours = standing.hours_done, standing.hours_total
            self.message, self.attended = standing.message, attended
            self._changed.notify_all()

    def end(self, state: Literal["done", "failed"], message: str) -> None:
        """Note that it is over; who waits goes on."""
        with self._changed:
            self.state, self.message = state, message
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or nobody works on it, or after so long."""
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self.ended or not self.attended, seconds)
            finally:
                self._waiting -= 1
                self.wanted_at = time.monotonic()
