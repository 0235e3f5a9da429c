"""``limno tables``: what can be asked."""

from argparse import ArgumentParser, Namespace

from limnograph.cli import asking, table_names
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE
from limnograph.cli.options import add_answer, add_connection
from limnograph.cli.output import write_answer

_SQL = """\
SELECT table_schema AS schema, table_name AS name, table_type AS kind
FROM information_schema.tables {where} ORDER BY table_schema <> 'public', table_schema, table_name
"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="information_schema's own tables as well"
    )
    add_answer(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    where = "" if arguments.all else "WHERE table_schema <> 'information_schema'"
    with asking.opened(arguments) as lake:
        table_names.remember(lake)
        with lake.query(_SQL.format(where=where)) as result:
            write_answer(result, arguments)
    return DONE


TABLES = Command(
    name="tables",
    summary="list the tables that can be asked",
    doc="List the tables that can be asked.",
    examples=("limno tables", "limno tables --all --format csv"),
    arguments=_arguments,
    run=_run,
)
