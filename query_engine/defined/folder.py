"""
The folder of definitions: what its files say is what is defined, whoever reads it.

Rule: a file that cannot be used changes nothing. The view that it defined before goes on, the other
files are read, and what is wrong is noted where people look. A folder that cannot be read drops
nothing.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from psycopg import Connection

from assets.errors import CallerError
from assets.storage.metadata.defined_views import (
    StoredView,
    drop_problem,
    problems,
    put_problem,
    stored_views,
)
from query_engine.defined.changes import define, drop
from query_engine.defined.definition import Definition, WrongOption
from query_engine.defined.files import SUFFIX, FileDefinition, WrongFile, read_file, view_name
from query_engine.defined.limits import FILES_MAX
from query_engine.sql.errors import SqlError, UnknownTable

logger = logging.getLogger(__name__)

Signature = tuple[tuple[str, int, int], ...]


def signature(folder: Path) -> Signature:
    """Return what is another value when a file has changed; cheap."""
    try:
        found = [(path, path.stat()) for path in _files(folder)]
    except OSError:
        return ()
    return tuple((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found)


def publish(conn: Connection, folder: Path) -> None:
    """
    Define what the files of a folder say, and drop what files that are gone have defined.

    Doing it again, or by several programs at once, changes nothing.
    """
    folder = folder.absolute()
    try:
        paths = list(_files(folder))
    except OSError as error:
        _note(conn, folder, "", f"the folder cannot be read: {error.strerror or error}")
        return
    drop_problem(conn, str(folder))
    if len(paths) > FILES_MAX:
        _note(conn, folder, "", f"more than {FILES_MAX} files (FILES_MAX): only the first are read")
        paths = paths[:FILES_MAX]
    _define_all(conn, [path for path in paths if not path.name.startswith(".")])
    _drop_missing(conn, folder, {str(path) for path in paths})


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)


def _define_all(conn: Connection, paths: list[Path]) -> None:
    """Define what can be; a file whose source another one defines comes after that."""
    stored = {one.name: one for one in stored_views(conn)}
    waiting, before = paths, -1
    while waiting and len(waiting) != before:
        before, tried, waiting = len(waiting), waiting, []
        for path in tried:
            try:
                _define(conn, path, stored)
            except UnknownTable as error:
                waiting.append(path)
                last: Exception = error
                _note(conn, path, view_name(path), str(last))
            except (WrongFile, SqlError, CallerError) as error:
                _note(conn, path, view_name(path), str(error))
            else:
                drop_problem(conn, str(path))


def _define(conn: Connection, path: Path, stored: Mapping[str, StoredView]) -> None:
    said = read_file(path)
    if _is_so(said, stored.get(said.definition.name)):
        return
    try:
        done = define(conn, said.definition, str(path), replaces=True, before=said.before)
    except WrongOption as error:
        raise said.wrong(error) from None
    logger.info("%s: %s", path, done)


def _is_so(said: FileDefinition, stored: StoredView | None) -> bool:
    """Tell whether a file's definition is in force; that costs no lock and no new revision."""
    if stored is None or stored.origin != str(said.path):
        return False
    try:
        return Definition.of_fields(stored.definition) == said.definition
    except (TypeError, KeyError):
        return False


def _drop_missing(conn: Connection, folder: Path, there: set[str]) -> None:
    for one in stored_views(conn):
        if Path(one.origin).parent == folder and one.origin not in there:
            logger.info("%s: %s", one.origin, drop(conn, one.name, one.origin))
    for problem in problems(conn):
        if Path(problem.origin).parent == folder and problem.origin not in there:
            drop_problem(conn, problem.origin)


def _note(conn: Connection, where: Path, name: str, problem: str) -> None:
    if put_problem(conn, str(where), name, problem):
        logger.warning("%s: %s", where, problem)
