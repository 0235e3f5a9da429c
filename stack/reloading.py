"""
Loads Dagster's code location again when the definitions of views have changed.

A thread of `limnod up`: it compares a number in Postgres every two seconds, and asks the webserver
to reload. Runs that are under way go on in the code that they began with.
"""

import http.client
import json
import logging
import urllib.request
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from assets.storage.metadata.defined_views import revision
from stack.limits import PROBE_TIMEOUT_S, RELOAD_LOOK_S, RELOAD_S

logger = logging.getLogger(__name__)

RELOADS = "--reloads"
"""Tells our code server that it will be asked to load the definitions again."""

_RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "limnograph") {
    __typename } }"""
_NO_ANSWER = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)


class CodeReloader:
    """
    Follows the definitions of views.

    Args:
        database_url: The lake's metadata.
        web_url: The Dagster webserver.
        say: Prints one line for people.
    """

    def __init__(self, database_url: str, web_url: str, say: Callable[[str], None]) -> None:
        self._database_url, self._web_url, self._say = database_url, web_url, say
        self._loaded = self._newest()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="code-reloader", daemon=True)

    def start(self) -> None:
        """Follow from now on; what was defined when this was made is loaded by the first start."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stopping.set()

    def look(self) -> bool:
        """Reload if definitions have changed; return whether the location is loaded as they are."""
        newest = self._newest()
        if newest is None or newest == self._loaded:
            return newest is not None
        if not self._reloaded():
            return False
        self._loaded = newest
        self._say("definitions of views have changed: Dagster's code location was loaded again")
        return True

    def _newest(self) -> int | None:
        try:
            with psycopg.connect(
                self._database_url, autocommit=True, connect_timeout=int(PROBE_TIMEOUT_S)
            ) as conn:
                return revision(conn)
        except psycopg.Error as exc:
            logger.debug("Postgres does not say whether definitions have changed: %s", exc)
            return None

    def _reloaded(self) -> bool:
        request = urllib.request.Request(  # noqa: S310 - our own webserver
            f"{self._web_url}/graphql",
            data=json.dumps({"query": _RELOAD}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=RELOAD_S) as answer:  # noqa: S310
                kind = json.load(answer)["data"]["reloadRepositoryLocation"]["__typename"]
        except _NO_ANSWER as exc:
            logger.debug("the webserver does not reload yet: %s", exc)
            return False
        return bool(kind == "WorkspaceLocationEntry")

    def _run(self) -> None:
        while not self._stopping.wait(RELOAD_LOOK_S):
            self.look()
