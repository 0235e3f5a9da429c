"""What can go wrong while the parts are started together; each text says what to do."""

from assets.errors import LakeError


class StackError(LakeError):
    """Base of everything that keeps the parts from running."""

    code = "stack"


class AlreadyRunning(StackError):
    """Another ``limnod`` works on this data directory."""

    code = "already_running"


class PortTaken(StackError):
    """Another program listens on a port that we were told to use."""

    code = "port_taken"


class AddressUnusable(StackError):
    """Nothing can listen on an address that we were told to use."""

    code = "address_unusable"


class ForeignPostgres(StackError):
    """A Postgres that we did not start, or a data directory that we did not make, is in the way."""

    code = "foreign_postgres"


class PostgresFailed(StackError):
    """The embedded Postgres did not start; the message ends with the last lines of its log."""

    code = "postgres_failed"


class PartFailed(StackError):
    """A part did not become ready, or needs something that is not there."""

    code = "part_failed"
