"""The queries that are under way: who asks what, how far each is, and the way to stop it."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from assets.errors import CallerError
from auth.principal import Principal
from query_engine.allowance import Allowance
from query_engine.attribution import NOBODY, Attribution
from query_engine.builds.filling import Filling
from query_engine.callers import EVERYBODY, may_see
from query_engine.cancel import CancelToken
from query_engine.progress import Progress
from query_engine.timing import Timing
from query_engine.workers.worker import Usage

State = Literal["waiting", "planning", "building", "running"]


@dataclass(slots=True, kw_only=True)
class RunningQuery:
    """
    One query under way; fields change until it ends.

    Attributes:
        client: Who asks: fairness is per client.
        who: What the caller says of itself, as far as it is to be believed.
        principal: Who the caller is.
        started_ns: When it came in, Unix ns.
        rows: Rows that were handed to the client.
        bytes: Their Arrow size.
        has_slot: It has a place among those that run.
        filling: What it waits for while its state is ``building``.
        outcome: How it ended: ``ok`` or an error's code; empty while it is under way.
    """

    query_id: str
    sql: str
    door: str
    client: str
    token: CancelToken
    who: Attribution = NOBODY
    principal: Principal = EVERYBODY
    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int | None = None
    allowance: Allowance = field(default_factory=Allowance)
    started_ns: int = field(default_factory=time.time_ns)
    state: State = "waiting"
    has_slot: bool = False
    filling: Filling | None = None
    rows: int = 0
    bytes: int = 0
    outcome: str = ""
    progress: Progress = field(default_factory=Progress)
    usage: Usage = field(default_factory=Usage)
    timing: Timing = field(default_factory=Timing)


class RunningQueries:
    """All of them, by id. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queries: dict[str, RunningQuery] = {}

    def add(self, query: RunningQuery) -> None:
        """
        Take a query in.

        Raises:
            CallerError: Its id is that of another one that is under way.
        """
        with self._lock:
            if query.query_id in self._queries:
                raise CallerError(f"a query with the id {query.query_id} is under way already")
            self._queries[query.query_id] = query

    def remove(self, query_id: str) -> None:
        """Forget a query that has ended."""
        with self._lock:
            self._queries.pop(query_id, None)

    def get(self, query_id: str) -> RunningQuery | None:
        """Return the query of that id, if it is under way."""
        with self._lock:
            return self._queries.get(query_id)

    def seen_by(self, caller: Principal) -> list[RunningQuery]:
        """Return those that *caller* may see, oldest first."""
        return [query for query in self.all() if may_see(caller, query.principal)]

    def shown(self, query_id: str, caller: Principal) -> RunningQuery | None:
        """Return the query of that id, if it is under way and *caller* may see it."""
        query = self.get(query_id)
        return query if query and may_see(caller, query.principal) else None

    def all(self) -> list[RunningQuery]:
        """Return what is under way now, oldest first."""
        with self._lock:
            return list(self._queries.values())

    def cancel(self, query_id: str) -> bool:
        """Stop a query; False when there is none of that id."""
        query = self.get(query_id)
        if query is None:
            return False
        query.token.cancel()
        return True

    def cancel_all(self) -> None:
        """Stop every query."""
        for query in self.all():
            query.token.cancel()
