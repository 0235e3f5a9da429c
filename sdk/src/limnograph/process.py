"""Who is sending: the facts about this run of this program that a receiver is told."""

import os
import sys
from collections.abc import Mapping

from limnograph.ids import new_id
from limnograph.wire import limits
from limnograph.wire.container import Clock
from limnograph.wire.envelope import Process


def describe(
    service: str,
    properties: Mapping[str, str],
    clock: Clock,
    parent_process_id: str | None = None,
) -> Process:
    """Return this process, newly named; texts are made fit for the wire."""
    username, realname = _user()
    facts = {"service": service, "pid": str(os.getpid()), "python": sys.version.split()[0]}
    return Process(
        process_id=new_id(),
        exe=short(_program()),
        username=short(username),
        realname=short(realname),
        computer=short(_computer()),
        distro=short(_distro()),
        cpu_brand=short(_cpu_brand()),
        tsc_frequency=clock.ticks_per_second,
        start_time_ns=clock.origin_unix_ns,
        start_ticks=clock.origin_ticks,
        parent_process_id=parent_process_id,
        properties=wire_properties({**facts, **properties}),
    )


def wire_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Return *properties* within the wire's limits; what is beyond them is cut off."""
    pairs = list(properties.items())[: limits.PROPERTIES_MAX]
    return {short(str(key)): _clean(str(value), limits.PROPERTY_CHARS_MAX) for key, value in pairs}


def short(text: str) -> str:
    """Return *text* fit for a short field of the wire."""
    return _clean(text, limits.TEXT_CHARS_MAX)


def _clean(text: str, chars_max: int) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:chars_max]


def _program() -> str:
    name = sys.argv[0] if getattr(sys, "argv", None) else ""
    return name if name not in {"", "-c", "-m"} else sys.executable or "python"


def _user() -> tuple[str, str]:
    try:
        import pwd

        entry = pwd.getpwuid(os.getuid())
        return entry.pw_name, entry.pw_gecos.split(",")[0]
    except (ImportError, KeyError):
        return os.environ.get("USER") or os.environ.get("USERNAME") or "", ""


def _computer() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def _distro() -> str:
    named = _value("/etc/os-release", "PRETTY_NAME=")
    return named.strip("\"'") or sys.platform


def _cpu_brand() -> str:
    return _value("/proc/cpuinfo", "model name").lstrip(" \t:")


def _value(path: str, start: str) -> str:
    """Return what follows *start* in the first such line of a file; "" without one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib is slow to import
            for line in file:
                if line.startswith(start):
                    return line[len(start) :].strip()
    except OSError:
        return ""
    return ""
