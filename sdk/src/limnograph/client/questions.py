"""The SQL of the ready-made questions; the methods of the client say what each asks."""

import uuid
from datetime import timedelta

from limnograph.client import checked
from limnograph.client.errors import QueryError
from limnograph.client.quoting import identifier, literal, where
from limnograph.client.times import duration_ns

LEVELS = {
    "fatal": 1,
    "critical": 1,
    "error": 2,
    "warning": 3,
    "warn": 3,
    "info": 4,
    "debug": 5,
    "trace": 6,
}
"""The levels of the log by name; a smaller number is worse."""


def processes(search: str | None, limit: int | None) -> str:
    """Return the SQL of ``processes()``."""
    found = [] if search is None else [f"({_any_holds(('exe', 'computer', 'username'), search)})"]
    return (
        "SELECT process_id, exe, computer, username, start_time, last_update_time, properties"
        f" FROM processes{where(found)} ORDER BY last_update_time DESC{_limit(limit)}"
    )


def logs(
    process: str | None,
    level: int | str | None,
    search: str | None,
    target: str | None,
    limit: int | None,
) -> str:
    """Return the SQL of ``logs()``."""
    conditions = _of_process(process)
    if level is not None:
        conditions.append(f"level <= {_level(level)}")
    if target is not None:
        conditions.append(f"target = {literal(target)}")
    if search is not None:
        conditions.append(_any_holds(("msg",), search))
    newest = (
        "SELECT time, process_id, exe, level, target, msg, properties"
        f" FROM log_entries{where(conditions)} ORDER BY time"
    )
    if limit is None:
        return newest
    return f"SELECT * FROM ({newest} DESC{_limit(limit)}) AS newest ORDER BY time"


def measures(
    name: str | None, process: str | None, every: str | timedelta | None, limit: int | None
) -> str:
    """Return the SQL of ``measures()``."""
    conditions = [] if name is None else [f"name = {literal(name)}"]
    conditions += _of_process(process)
    if every is None:
        return (
            "SELECT time, process_id, exe, name, unit, value, properties"
            f" FROM measures{where(conditions)} ORDER BY time{_limit(limit)}"
        )
    nanoseconds = duration_ns(every)
    if nanoseconds <= 0:
        raise QueryError("client", f"every is {every!r}: expected a length such as '1m'")
    microseconds = max(nanoseconds // 1000, 1)
    return (
        f"SELECT date_bin(INTERVAL '{microseconds} microseconds', time) AS time, name, unit,"
        " count(*) AS count, min(value) AS min, avg(value) AS avg, max(value) AS max"
        f" FROM measures{where(conditions)} GROUP BY 1, 2, 3 ORDER BY 1, 2{_limit(limit)}"
    )


def spans(
    process: str, name: str | None, longer_than: str | timedelta | None, limit: int | None
) -> str:
    """Return the SQL of ``spans()``."""
    conditions = [] if name is None else [f"name = {literal(name)}"]
    if longer_than is not None:
        conditions.append(f"duration > {duration_ns(longer_than)}")
    return (
        'SELECT thread_name, name, target, begin, "end", duration, depth, id, parent, status,'
        f" properties FROM process_spans({literal(_uuid(process))}, 'both')"
        f"{where(conditions)} ORDER BY begin{_limit(limit)}"
    )


def tables() -> str:
    """Return the SQL of ``tables()``."""
    return (
        "SELECT table_schema, table_name, table_type FROM information_schema.tables"
        " WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name"
    )


def describe(table: str) -> str:
    """Return the SQL of ``describe()``."""
    return f"DESCRIBE {identifier(table)}"


def _of_process(process: str | None) -> list[str]:
    """Return the condition on a process: its id, or the name of its executable."""
    if process is None:
        return []
    try:
        return [f"process_id = {literal(_uuid(process))}"]
    except QueryError:
        return [f"exe = {literal(process)}"]


def _uuid(process: str) -> str:
    try:
        return str(uuid.UUID(str(process)))
    except ValueError as exc:
        raise QueryError(
            "client", f"{process!r:.60} is no process id; processes() lists those that there are"
        ) from exc


def _level(level: int | str) -> int:
    number = LEVELS.get(level.lower()) if isinstance(level, str) else level
    if number is None or isinstance(number, bool) or not isinstance(number, int):
        known = ", ".join(LEVELS)
        raise QueryError("client", f"level {level!r} is not known: 1 to 6, or one of {known}")
    return number


def _any_holds(columns: tuple[str, ...], search: str) -> str:
    """Return the condition that one of *columns* holds a text, in capitals or not."""
    text = literal(checked.text(search, "search").lower())
    return " OR ".join(f"strpos(lower({column}), {text}) > 0" for column in columns)


def _limit(limit: int | None) -> str:
    count = checked.row_limit(limit)
    return "" if count is None else f" LIMIT {count}"
