"""Log entries of the lake, as the options of ``limno logs`` ask for them."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from limnograph.cli import asking
from limnograph.cli.follow import Block
from limnograph.client.quoting import literal
from limnograph.client.times import rfc3339, unix_ns

if TYPE_CHECKING:
    from limnograph.client import Client

Row = dict[str, Any]

MARK = "/* limno logs */"
"""
Begins our queries, so that what the service itself logs about them can be left out: who follows all
entries would be shown nothing but these otherwise.
"""

_SERVICE = "property_get(process_properties, 'service')"
_SELECT = f"""\
SELECT time, level, {_SERVICE} AS service, exe, target, msg, properties, process_id,
    computer, username, block_id, insert_time
FROM log_entries
WHERE NOT (target IN ('flightsql_query_audit', 'query_engine.run') AND strpos(msg, '{MARK}') > 0)
"""
_BLOCKS = """\
SELECT block_id, insert_time, nb_objects FROM blocks
WHERE insert_time >= TIMESTAMP {since} AND array_has("streams.tags", 'log') ORDER BY insert_time
"""


class LogQuery:
    """The entries that are asked for; a ``Source`` for following them."""

    def __init__(self, lake: "Client", arguments: Namespace) -> None:
        self._lake, self._arguments = lake, arguments
        self._select = " AND ".join([_SELECT, *conditions(arguments)])

    def newest(self) -> list[Row]:
        """Return the newest entries of the range, in the order of time."""
        asked = self._arguments
        sql = f"{MARK} {self._select} ORDER BY time DESC LIMIT {asked.limit}"
        with self._lake.query(sql, asked.since, asked.until) as result:
            return asking.rows(result)[::-1]

    def now_ns(self) -> int:
        """Return the service's time."""
        return time_ns(self._rows("SELECT now() AS now")[0]["now"])

    def blocks(self, since_ns: int) -> list[Block]:
        """Return the blocks of log entries that are visible now, from an insert time on."""
        return [
            Block(row["block_id"], time_ns(row["insert_time"]), row["nb_objects"] or 0)
            for row in self._rows(_BLOCKS.format(since=literal(rfc3339(since_ns))))
        ]

    def entries(self, blocks: Sequence[Block]) -> list[Row]:
        """Return the entries of these blocks that are wanted, in the order of time."""
        ids = ", ".join(literal(block.block_id) for block in blocks)
        first, last = (
            literal(rfc3339(pick(block.insert_ns for block in blocks))) for pick in (min, max)
        )
        # The insert times leave out the slices and files that none of the blocks is in.
        return self._rows(
            f"{self._select} AND block_id IN ({ids})"
            f" AND insert_time BETWEEN TIMESTAMP {first} AND TIMESTAMP {last} ORDER BY time"
        )

    def _rows(self, sql: str) -> list[Row]:
        with self._lake.query(f"{MARK} {sql}") as result:
            return asking.rows(result)


def conditions(arguments: Namespace) -> list[str]:
    """Return what the options demand of an entry, as SQL."""
    found = []
    if arguments.level is not None:
        found.append(f"level <= {arguments.level}")
    if arguments.process:
        name, path = literal(arguments.process), literal("/" + arguments.process)
        found.append(
            f"({_SERVICE} = {name} OR process_id = {name} OR exe = {name}"
            f" OR ends_with(exe, {path}))"
        )
    if arguments.search:
        found.append(f"strpos(lower(msg), lower({literal(arguments.search)})) > 0")
    return found


def time_ns(text: str) -> int:
    """Return a time of an answer as Unix ns."""
    found = unix_ns(text)
    assert found is not None, "a time is never NULL there"
    return found
