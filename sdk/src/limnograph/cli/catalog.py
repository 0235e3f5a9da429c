"""Every command of ``limno``, in the order of its help."""

from limnograph.cli.command import Command
from limnograph.cli.commands.cancel import CANCEL
from limnograph.cli.commands.completion import COMPLETION
from limnograph.cli.commands.describe import DESCRIBE
from limnograph.cli.commands.logs import LOGS
from limnograph.cli.commands.processes import PROCESSES
from limnograph.cli.commands.profile import PROFILE
from limnograph.cli.commands.queries import QUERIES
from limnograph.cli.commands.query import QUERY
from limnograph.cli.commands.status import STATUS
from limnograph.cli.commands.tables import TABLES
from limnograph.cli.commands.trace import TRACE

COMMANDS: tuple[Command, ...] = (
    QUERY,
    TABLES,
    DESCRIBE,
    PROCESSES,
    LOGS,
    TRACE,
    STATUS,
    QUERIES,
    CANCEL,
    PROFILE,
    COMPLETION,
)
