"""``limno status``: whether the service answers, how fast, and what it does."""

import sys
import time
from argparse import ArgumentParser, Namespace
from statistics import median
from typing import Any

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, FAILED, UNREACHABLE
from limnograph.cli.limits import STATUS_PROBES
from limnograph.cli.options import add_connection
from limnograph.cli.output import say
from limnograph.client.errors import QueryError

_RUNNING = "SELECT count(*) - 1 AS n FROM system.queries"
_READY = "SELECT count(*) AS n FROM processes WHERE process_id = ''"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    profile = asking.wanted(arguments)
    found: dict[str, Any] = {"uri": profile.uri, "profile": profile.name, "reachable": False}
    code = DONE
    try:
        with asking.opened(arguments) as lake:
            _look(lake, found)
    except QueryError as exc:
        found["error"] = exc.text
        code = UNREACHABLE
        if exc.code != "unavailable" or found["reachable"]:
            code = FAILED
            found |= {"reachable": True, "ready": False}
    if arguments.json:
        import json

        print(json.dumps(found))
    else:
        _show(found)
        if "error" in found:
            say(found["error"])
    return code


def _look(lake: Any, found: dict[str, Any]) -> None:
    """Ask small questions, the ones that need least first."""
    times_ms = []
    for _ in range(STATUS_PROBES):
        begin_s = time.monotonic()
        (row,) = asking.rows(lake.query("SELECT version() AS version"))
        times_ms.append((time.monotonic() - begin_s) * 1000)
        found |= {"reachable": True, "ready": False, "version": row["version"]}
    found["latency_ms"] = round(median(times_ms), 2)
    asking.rows(lake.query(_READY))
    found["ready"] = True
    found["queries"] = asking.rows(lake.query(_RUNNING))[0]["n"]


def _show(found: dict[str, Any]) -> None:
    profile = f" (profile {found['profile']})" if found["profile"] else ""
    lines = [
        ("service", found["uri"] + profile),
        ("reachable", _yes(found["reachable"])),
        ("version", found.get("version")),
        ("ready", _yes(found["ready"]) if "ready" in found else None),
        ("latency", f"{found['latency_ms']} ms" if "latency_ms" in found else None),
        ("queries", f"{found['queries']} under way" if "queries" in found else None),
    ]
    for name, text in lines:
        if text is not None:
            sys.stdout.write(f"{name:<11}{text}\n")


def _yes(flag: Any) -> str:
    return "yes" if flag else "no"


STATUS = Command(
    name="status",
    summary="say whether the service answers, and how fast",
    doc="Say whether the service is reachable and ready, which version it is, how fast it answers "
    "and how many queries are under way.",
    examples=("limno status", "limno status --profile production --json"),
    arguments=_arguments,
    run=_run,
)
