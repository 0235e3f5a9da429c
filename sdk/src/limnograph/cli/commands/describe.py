"""``limno describe``: the columns of one table."""

from argparse import ArgumentParser, Namespace

from limnograph.cli import asking, table_names
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, FAILED
from limnograph.cli.options import add_answer, add_connection
from limnograph.cli.output import say, write_answer
from limnograph.client.quoting import literal

_MAP = 'Map("entries": non-null Struct("key": non-null Utf8, "value": Utf8), unsorted)'
_SQL = f"""\
SELECT column_name AS column, replace(data_type, '{_MAP}', 'Map(Utf8, Utf8)') AS type,
    is_nullable AS nullable
FROM information_schema.columns WHERE table_schema = {{schema}} AND table_name = {{name}}
ORDER BY ordinal_position
"""


def _arguments(parser: ArgumentParser) -> None:
    table = parser.add_argument("table", metavar="TABLE", help="its name, or schema.name")
    table.completer = table_names.complete  # type: ignore[attr-defined]
    add_answer(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    schema, dot, name = arguments.table.rpartition(".")
    with asking.opened(arguments) as lake:
        known = table_names.remember(lake)
        full = f"{schema}.{name}" if dot else name
        if full.removeprefix("public.") not in known:
            import difflib

            close = difflib.get_close_matches(full, known, n=1)
            meant = f"; did you mean {close[0]}?" if close else "; limno tables lists them"
            say(f"there is no table {full!r}{meant}")
            return FAILED
        sql = _SQL.format(schema=literal(schema or "public"), name=literal(name))
        with lake.query(sql) as result:
            write_answer(result, arguments)
    return DONE


DESCRIBE = Command(
    name="describe",
    summary="show the columns of a table",
    doc="Show the columns of a table.",
    examples=("limno describe log_entries", "limno describe system.queries --format json"),
    arguments=_arguments,
    run=_run,
)
