"""Who is sending: the facts about this run of this program that a receiver is told."""

import os
from collections.abc import Mapping
from functools import cache

from limnograph.facts import found_facts, host
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
    username, realname = host.user()
    facts = {"service": service, "pid": str(os.getpid()), **_found()}
    return Process(
        process_id=new_id(),
        exe=short(host.program()),
        username=short(username),
        realname=short(realname),
        computer=short(host.computer()),
        distro=short(host.distro()),
        cpu_brand=short(host.cpu_brand()),
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


@cache
def _found() -> dict[str, str]:
    """Return what the children of a fork need not look for again."""
    return found_facts(os.environ)
