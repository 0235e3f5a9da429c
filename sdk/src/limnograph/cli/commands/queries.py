"""``limno queries``: what the service is doing now."""

from argparse import ArgumentParser, Namespace

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE
from limnograph.cli.options import add_answer, add_connection
from limnograph.cli.output import write_answer

_MARK = "/* limno queries */"
_SQL = f"""\
{_MARK} SELECT query_id, state, round(date_part('epoch', now() - started), 1) AS seconds,
    "user", client_ip, door, files_done, files_total, output_rows AS rows,
    CAST(peak_memory_bytes / 1048576 AS BIGINT) AS peak_mib, sql
FROM system.queries WHERE strpos(sql, '{_MARK}') <> 1 ORDER BY started
"""


def _arguments(parser: ArgumentParser) -> None:
    add_answer(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    with asking.opened(arguments) as lake, lake.query(_SQL) as result:
        write_answer(result, arguments)
    return DONE


QUERIES = Command(
    name="queries",
    summary="list the queries that are under way",
    doc="List the queries that are under way at the service, oldest first, with how far each is.",
    examples=("limno queries", "limno queries --format ndjson"),
    arguments=_arguments,
    run=_run,
)
