"""``limno processes``: which programs sent something, and when last."""

from argparse import ArgumentParser, Namespace

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE
from limnograph.cli.options import TIMES, add_answer, add_connection, add_range, rows
from limnograph.cli.output import write_answer
from limnograph.client.quoting import literal

_SQL = """\
SELECT process_id, property_get(properties, 'service') AS service, exe, computer, username,
    start_time, last_update_time
FROM processes {where} ORDER BY last_update_time DESC, process_id
"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--search", metavar="TEXT", help="only with that in service, program, machine or user"
    )
    add_range(parser)
    parser.add_argument(
        "--limit", metavar="N", type=rows, default=50, help="at most N (default: 50)"
    )
    add_answer(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    where = ""
    if arguments.search:
        part = literal(arguments.search.lower())
        service = "property_get(properties, 'service')"
        fields = (service, "exe", "computer", "username", "process_id")
        where = "WHERE " + " OR ".join(f"strpos(lower({name}), {part}) > 0" for name in fields)
    with (
        asking.opened(arguments) as lake,
        lake.query(
            _SQL.format(where=where), arguments.begin, arguments.end, limit=arguments.limit
        ) as result,
    ):
        write_answer(result, arguments)
    return DONE


PROCESSES = Command(
    name="processes",
    summary="list the processes, the latest ones first",
    doc="List the processes that sent something in the range, the latest ones first.",
    notes=TIMES,
    examples=("limno processes --begin 1h", "limno processes --search shop --format vertical"),
    arguments=_arguments,
    run=_run,
)
