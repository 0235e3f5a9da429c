"""
The names of the tables, for TAB: remembered from the last answer, asked for when they are old.

Rule: nothing here may fail or be slow in front of somebody who types; without an answer there is
nothing to offer.
"""

import hashlib
import json
import os
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from limnograph.cli.limits import TABLE_NAMES_AGE_S, TABLE_NAMES_WAIT_S
from limnograph.client.errors import QueryError

if TYPE_CHECKING:
    from limnograph.client import Client

_SQL = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2"


def remember(lake: "Client") -> list[str]:
    """Ask for the names, and keep them for TAB; returns them."""
    from limnograph.cli import asking

    with lake.query(_SQL) as result:
        names = [
            row["table_name"]
            if row["table_schema"] == "public"
            else f"{row['table_schema']}.{row['table_name']}"
            for row in asking.rows(result)
        ]
    with suppress(OSError):
        path = _path(lake.uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(names), encoding="utf-8")
        part.replace(path)
    return names


def complete(prefix: str, parsed_args: Namespace, **_: Any) -> Sequence[str]:
    """Return the names that begin so."""
    return [name for name in _names(parsed_args) if name.startswith(prefix)]


def _names(arguments: Namespace) -> list[str]:
    from limnograph.client import profiles

    try:
        path = _path(profiles.load(arguments.profile, uri=arguments.uri).uri)
        if time.time() - path.stat().st_mtime < TABLE_NAMES_AGE_S:
            return [str(name) for name in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, QueryError):
        pass
    found: list[str] = []
    asker = Thread(target=_ask, args=(arguments, found), daemon=True)
    asker.start()
    asker.join(TABLE_NAMES_WAIT_S)
    return list(found)


def _ask(arguments: Namespace, found: list[str]) -> None:
    from limnograph.cli import asking

    with suppress(QueryError), asking.opened(arguments) as lake:
        found.extend(remember(lake))


def _path(uri: str) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or ""
    root = Path(folder) if Path(folder).is_absolute() else Path("~/.cache").expanduser()
    digest = hashlib.sha256(uri.encode()).hexdigest()[:16]
    return root / "limnograph" / f"tables-{digest}.json"
