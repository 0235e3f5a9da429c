"""``limno cancel``: stops a query."""

import uuid
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, FAILED
from limnograph.cli.options import add_connection
from limnograph.cli.output import say


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "query_id", metavar="ID", nargs="+", type=_uuid, help="ids that limno queries shows"
    )
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    missing = 0
    with asking.opened(arguments) as lake:
        for query_id in arguments.query_id:
            if lake.cancel(query_id):
                print(f"cancelled {query_id}")
            else:
                missing += 1
                say(f"no query {query_id} is under way")
    return FAILED if missing else DONE


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not the id of a query; limno queries lists them"
        ) from None


CANCEL = Command(
    name="cancel",
    summary="stop queries that are under way",
    doc="Stop queries that are under way at the service.",
    examples=("limno cancel 0b6a3c1e-7f7a-4a1c-9d9e-2f1f6f0f7a11",),
    arguments=_arguments,
    run=_run,
)
