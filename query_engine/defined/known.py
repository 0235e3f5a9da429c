"""
The views that there are now: ours, and those that are defined in Postgres, compiled once.

Rule: one definition that cannot be used takes nothing else down. It is noted, and the others stand.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from threading import Lock

from psycopg import Connection

from assets.errors import LakeError
from assets.storage.metadata.defined_views import (
    StoredView,
    drop_problem,
    never_read,
    put_problem,
    revision,
    stored_views,
    table_name,
)
from assets.views.catalog import BUILT_IN, Views
from assets.views.view import View
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import Definition, WrongOption
from query_engine.defined.limits import LOOK_S, OWN_CHANGE_S
from query_engine.sql.errors import SqlError, UnknownTable

logger = logging.getLogger(__name__)

Connect = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Found:
    """
    What Postgres says, made into views.

    Attributes:
        views: Those that can be used, ours first.
        problems: Why the others cannot, by name.
        stored: Every definition, by name.
    """

    views: Views = BUILT_IN
    problems: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, StoredView] = field(default_factory=dict)


class DefinedViews:
    """
    Returns the views that there are, no older than ``LOOK_S``. Thread-safe.

    While Postgres does not answer, those that were known stay known; before anything was read
    nothing is known, not even that there are only ours.

    Args:
        connect: Lends a connection to the metadata.
        clock: Monotonic seconds.
    """

    def __init__(self, connect: Connect, clock: Callable[[], float] = time.monotonic) -> None:
        self._connect, self._clock = connect, clock
        self._lock = Lock()
        self._found = Found()
        self._revision = -1
        self._refused = ""
        self._until = self._eager_until = float("-inf")

    def __call__(self) -> Views:
        """
        Return the views that there are.

        Raises:
            StorageUnavailable: Postgres does not answer, and never has.
        """
        return self.found().views

    def found(self) -> Found:
        """Return the same with what cannot be used; raises as that does."""
        with self._lock:
            now = self._clock()
            if now >= self._until or now < self._eager_until:
                try:
                    with self._connect() as conn:
                        self._look(conn)
                except LakeError as exc:
                    logger.warning("whether views were defined anew cannot be told: %s", exc)
                    self._refused = str(exc)
                self._until = self._clock() + LOOK_S
            if self._revision == -1:  # who waited for a failed look does not look again at once
                raise never_read(self._refused)
            return self._found

    def expect_change(self) -> None:
        """Look at every call for a while: somebody was told to change a definition."""
        with self._lock:
            self._eager_until = self._clock() + OWN_CHANGE_S

    def _look(self, conn: Connection) -> None:
        newest = revision(conn)
        if newest == self._revision:
            return
        self._found = load(conn)
        self._revision = newest


def load(conn: Connection) -> Found:
    """Return all definitions as views; what is wrong with one is noted in Postgres too."""
    stored = {one.name: one for one in stored_views(conn)}
    views, problems = BUILT_IN, dict[str, str]()
    waiting, before = list(stored), -1
    while waiting and len(waiting) != before:
        before, tried, waiting = len(waiting), waiting, []
        for name in tried:
            try:
                view = _compiled(stored[name], views)
            except UnknownTable as error:  # its source may come after it
                waiting.append(name)
                problems[name] = str(error)
            except (SqlError, WrongOption) as error:
                problems[name] = str(error)
            except Exception as error:  # a fault of ours costs this view only
                logger.exception("view %s", name)
                problems[name] = f"it cannot be compiled ({type(error).__name__}): {error}"
            else:
                views = replace(views, materialized=(*views.materialized, view))
                problems.pop(name, None)
    for name in stored:
        _note(conn, name, problems.get(name))
    return Found(views, problems, stored)


def _compiled(stored: StoredView, views: Views) -> View:
    try:
        definition = Definition.of_fields(stored.definition)
    except (TypeError, KeyError) as error:
        raise WrongOption(
            "definition", f"another version of this program has defined it: {error}"
        ) from error
    table = table_name(stored.name, stored.table_number)
    return replace(compiled(definition, views), table=table)


def _note(conn: Connection, name: str, problem: str | None) -> None:
    """Note what is wrong with a definition that is in force, or that nothing is."""
    where = f"view {name}"
    if problem is None:
        drop_problem(conn, where)
    elif put_problem(conn, where, name, problem):
        logger.warning("view %s cannot be used: %s", name, problem)
