"""
The two public doors as the probe uses them: the SDK sends, a client of SQL asks.

Nothing here knows the lake's storage: what the probe measures is what applications and analysts
would see.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, Self

import limnograph
from stack.probe.questions import EVENT, PROGRAM, QUESTIONS

_SEQUENCE = limnograph.metric(EVENT, "sequence")
_ACKNOWLEDGED = limnograph.metric("limnograph.probe.acknowledged", "s")
_VISIBLE = limnograph.metric("limnograph.probe.visible", "s")
_WRONG = limnograph.metric("limnograph.probe.wrong", "events")
_ROUND = limnograph.span(EVENT)


class Doors(Protocol):
    """Where the probe writes and asks."""

    @property
    def process_id(self) -> str:
        """The process whose events they are."""
        ...

    def write(self, sequence: int) -> None:
        """Record a log entry, a measure and a span with this number."""
        ...

    def acknowledged(self, seconds_max: float) -> bool:
        """Tell whether the receiver has acknowledged all that was written, waiting for it."""
        ...

    def times(self, view: str, since: datetime) -> Mapping[int, int]:
        """
        Return how often each number is in a view.

        Raises:
            limnograph.QueryError: The door does not answer.
        """
        ...

    def measured(
        self, view: str, acknowledged: float | None, visible: float | None, wrong: int
    ) -> None:
        """Record what was measured, as measures; they leave with the next round."""
        ...


class PublicDoors:
    """
    The receiver and the query service, whoever runs them where.

    Args:
        ingest_uri: Where applications send.
        query_uri: Where analysts ask.
    """

    def __init__(self, ingest_uri: str, query_uri: str) -> None:
        self._ingest_uri = ingest_uri
        self._client = limnograph.connect(query_uri, progress=False)

    def __enter__(self) -> Self:
        limnograph.init(
            PROGRAM,
            self._ingest_uri,
            state_dir="none",
            last_words=False,
            on_sigterm=False,
            system_metrics=False,
        )
        return self

    def __exit__(self, *_: object) -> None:
        limnograph.shutdown(0.0)
        self._client.close()

    @property
    def process_id(self) -> str:
        """The process that the SDK made of this one."""
        return limnograph.process_id() or ""

    def write(self, sequence: int) -> None:
        """Record a log entry, a measure and a span with this number."""
        with _ROUND(sequence=sequence):
            limnograph.log.info(EVENT, sequence=sequence)
            _SEQUENCE.record(sequence)

    def acknowledged(self, seconds_max: float) -> bool:
        """Send at once, and wait for the receiver's answer."""
        return limnograph.flush(seconds_max)

    def times(self, view: str, since: datetime) -> Mapping[int, int]:
        """
        Ask how often each number is in a view.

        Raises:
            limnograph.QueryError: The door does not answer.
        """
        sql = QUESTIONS[view].format(process_id=self.process_id)
        values = {"process_id": self.process_id, "event": EVENT}
        wanted = {name: value for name, value in values.items() if f":{name}" in sql}
        return dict(self._client.query(sql, begin=since, params=wanted).rows())

    def measured(
        self, view: str, acknowledged: float | None, visible: float | None, wrong: int
    ) -> None:
        """Record what was measured, as measures; they leave with the next round."""
        if acknowledged is not None:
            _ACKNOWLEDGED.record(acknowledged, view=view)
        if visible is not None:
            _VISIBLE.record(visible, view=view)
        _WRONG.record(wrong, view=view)
