"""What a user of SQLAlchemy does over flightsql-dbapi: text, expressions, inspection, pandas."""

import json
import os
import warnings
from pathlib import Path

import flightsql.sqlalchemy  # noqa: F401  (registers the dialect)
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

ADDRESS = os.environ["LIMNO_FLIGHT"].partition("://")[2]
FACTS = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
OPTIONS = "insecure=true&feature-sqlalchemy-prepared-statements=on"
ENGINE = sa.create_engine(f"datafusion+flightsql://{ADDRESS}?{OPTIONS}")
STORED = FACTS["clockwork"]["stored"]


def text_with_parameters() -> None:
    """Values are parameters of the statement, not pieces of its text."""
    sql = sa.text("SELECT time, level, msg FROM log_entries WHERE process_id = :id ORDER BY time")
    with ENGINE.connect() as conn:
        rows = conn.execute(sql, {"id": STORED}).fetchall()
        told = [(row.time.value, row.level, row.msg) for row in rows]
        assert told == [
            (row["time_ns"], row["level"], row["msg"]) for row in FACTS["clockwork_rows"]
        ], told
        sql = sa.text("SELECT :n + 1, :f, :t || '!', :b, :yes")
        values = {"n": 5, "f": 0.5, "t": "it's", "b": b"\x00\xff", "yes": True}
        assert tuple(conn.execute(sql, values).one()) == (6, 0.5, "it's!", b"\x00\xff", True)
        like = "SELECT count(*) FROM log_entries WHERE msg LIKE '%quoted%' AND process_id = :id"
        assert conn.execute(sa.text(like), {"id": STORED}).scalar() == 1
        assert conn.execute(sa.text("SELECT 1 WHERE false")).fetchall() == []


def expressions() -> None:
    """A reflected table in an expression of the language."""
    logs = sa.Table("log_entries", sa.MetaData(), autoload_with=ENGINE)
    asked = (
        sa.select(logs.c.level, sa.func.count().label("n"))
        .where(logs.c.process_id == STORED, logs.c.level.in_([1, 2, 3]))
        .group_by(logs.c.level)
        .order_by(logs.c.level.desc())
        .limit(2)
    )
    later = sa.select(sa.func.count()).where(
        logs.c.process_id == STORED, logs.c.time > "2026-01-02T03:04:06.123456790Z"
    )
    with ENGINE.connect() as conn:
        assert [tuple(row) for row in conn.execute(asked)] == [(3, 1), (2, 1)]
        assert conn.execute(later).scalar() == len(FACTS["clockwork_rows"]) - 2
        processes = sa.Table("processes", sa.MetaData(), schema="public", autoload_with=ENGINE)
        joined = (
            sa.select(processes.c.exe)
            .join(logs, logs.c.process_id == processes.c.process_id)
            .where(logs.c.process_id == STORED)
            .distinct()
        )
        assert conn.execute(joined).scalars().all() == ["clockwork"]


def inspection() -> None:
    """Names, columns and types, and the keys that there are not."""
    told = sa.inspect(ENGINE)
    assert told.get_schema_names() == ["information_schema", "public", "system"]
    assert "log_entries" in told.get_table_names("public")
    assert told.get_table_names("system") == ["queries", "query_log"]
    assert told.has_table("log_entries")
    assert not told.has_table("nothing")
    columns = {column["name"]: column for column in told.get_columns("log_entries", "public")}
    types = {name: str(columns[name]["type"]) for name in ("time", "level", "msg")}
    assert types == {"time": "TIMESTAMP", "level": "INTEGER", "msg": "TEXT"}, types
    assert all(column["nullable"] for column in columns.values())
    assert told.get_foreign_keys("log_entries") == []
    assert told.get_indexes("log_entries", "public") == []
    assert told.get_pk_constraint("log_entries") == []
    keys = sa.create_engine(ENGINE.url.update_query_dict({"feature-sqlalchemy-primary-keys": "on"}))
    found = sa.inspect(keys).get_pk_constraint("log_entries")
    assert found == {"constrained_columns": [], "name": None}, found


def frames() -> None:
    """Pandas over an engine: a query with parameters, and a table by its name."""
    sql = sa.text("SELECT time, level, msg FROM log_entries WHERE process_id = :id ORDER BY time")
    with ENGINE.connect() as conn:
        frame = pd.read_sql(sql, conn, params={"id": STORED})
    assert frame["level"].tolist() == [row["level"] for row in FACTS["clockwork_rows"]]
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]", frame.dtypes
    assert frame["time"][0].value == FACTS["clockwork_rows"][0]["time_ns"]
    table = pd.read_sql_table("processes", ENGINE, schema="public", columns=["process_id", "exe"])
    assert STORED in table["process_id"].tolist()
    assert list(table.columns) == ["process_id", "exe"]


def headers() -> None:
    """What the URL says beside is sent as headers: the range, a limit, a user and a password."""
    day = {"query_range_begin": "2026-01-02T00:00:00Z", "query_range_end": "2026-01-03T00:00:00Z"}
    counted = sa.text("SELECT count(*) FROM log_entries WHERE process_id = :id")
    for process_id, rows in ((STORED, len(FACTS["clockwork_rows"])), (FACTS["shop"]["stored"], 0)):
        with sa.create_engine(ENGINE.url.update_query_dict(day)).connect() as conn:
            assert conn.execute(counted, {"id": process_id}).scalar() == rows
    limited = sa.create_engine(
        ENGINE.url.set(username="ada", password="secret").update_query_dict({"limit": "2"})
    )
    with limited.connect() as conn:
        assert len(conn.execute(sa.text("SELECT * FROM generate_series(1, 9)")).fetchall()) == 2


def errors() -> None:
    """One that says what is wrong, and the next query runs."""
    with ENGINE.connect() as conn:
        said = ""
        try:
            conn.execute(sa.text("SELECT nothing FROM log_entries"))
        except pa.ArrowInvalid as error:
            said = str(error)
        assert 'no column "nothing" (at line 1, column 8)' in said, said
        assert conn.execute(sa.text("SELECT 1")).scalar() == 1


warnings.simplefilter("error")
for check in (text_with_parameters, expressions, inspection, frames, headers, errors):
    print(check.__name__, flush=True)
    check()
