"""
Removing a whole table: its files first, its log last, so that what is left says what it was.

Rule: only tables of defined views are removed, by the name that no other table can have.
"""

import re

from assets.storage.lake import Lake
from assets.storage.layout import table_key

_NAME = re.compile(r"[a-z][a-z0-9_]*-[0-9]+")
_LOG = "/_delta_log/"


def remove_table(lake: Lake, name: str, batch: int) -> tuple[int, int]:
    """
    Delete every object of a table, *batch* at a time; returns how many there were, and their bytes.

    Killed in between, or repeated, it goes on with what is left.
    """
    assert _NAME.fullmatch(name), f"{name} is no table of a defined view"
    prefix, objects, size = table_key(name) + "/", 0, 0
    for of_log in (False, True):
        found = (one for one in lake.objects.list(prefix) if (_LOG in one.key) == of_log)
        chosen = list(found)
        while some := chosen[:batch]:
            lake.objects.delete([one.key for one in some])
            objects, size = objects + len(some), size + sum(one.size for one in some)
            chosen = chosen[batch:]
    return objects, size
