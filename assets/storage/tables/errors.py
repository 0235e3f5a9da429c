"""What can go wrong with a table, and the one place where deltalake's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from assets.errors import LakeError, ObjectMissing, StorageUnavailable


class WriteConflict(LakeError):
    """Somebody else changed what this write stands on; nothing was written. Plan it again."""

    code = "write_conflict"


class TableMissing(LakeError):
    """There is no such table yet."""

    code = "table_missing"


class OtherVersion(LakeError):
    """The slice holds rows that another version of the view built: replace it, do not append."""

    code = "other_version"


class TableRefused(LakeError):
    """The table does not take this write or its log is not ours: a fault of the program."""

    code = "table_refused"


@contextmanager
def delta_errors(table: str) -> Iterator[None]:
    """
    Translate what deltalake raises about *table*.

    Raises:
        WriteConflict: A commit was refused because of another commit.
        TableMissing: There is no table.
        StorageUnavailable: The store below did not answer, or lacks a file that it must have.
        TableRefused: Anything else that deltalake refuses.
    """
    try:
        yield
    except CommitFailedError as exc:
        raise WriteConflict(f"table {table}: {_first_line(exc)}") from exc
    except TableNotFoundError as exc:
        raise TableMissing(f"table {table} does not exist") from exc
    except DeltaError as exc:
        raise TableRefused(f"table {table}: {_first_line(exc)}") from exc
    except (OSError, ObjectMissing) as exc:
        raise StorageUnavailable(f"table {table}: {_first_line(exc)}") from exc


def _first_line(exc: Exception) -> str:
    return str(exc).partition("\n")[0]
