"""
Ten questions asked of the same Delta files: our engine, DuckDB and DataFusion in one process.

Everything is warm: each engine has asked each question once before its best time is taken. Ours
goes through the query service's own path (SQL text to Arrow batches) and looks for a tail at every
query, which the others cannot have. DuckDB is handed the live files, DataFusion the Delta tables.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import datafusion
import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from assets.materialize import materialize
from assets.storage.lake import Lake, open_lake
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from benchmarks.query_texts import QUESTIONS, Engine, Question, text_for
from benchmarks.report_lines import Line, arguments, best_of, emit
from benchmarks.scratch_lake import scratch_lake
from benchmarks.sent_traffic import Sent, send_traffic
from query_engine.doors import lake_service
from query_engine.settings import QuerySettings

ROWS_PER_BLOCK = 5_000
VIEWS = ("log_entries", "measures")

Ask = Callable[[str], pa.Table]


def main() -> None:
    """Measure and print, after checking that all three give the same number of rows."""
    quick = arguments(__doc__).quick
    with scratch_lake() as lake, ExitStack() as stack:
        sent = send_traffic(lake, 24 if quick else 400, ROWS_PER_BLOCK)
        opened = stack.enter_context(open_lake(lake.settings))
        files = {name: live_files(opened, name) for name in VIEWS}
        engines: Mapping[Engine, Ask] = {
            "limnograph": our_engine(opened),
            "duckdb": stack.enter_context(duckdb_engine(files)),
            "datafusion": datafusion_engine(files),
        }
        for question in QUESTIONS:
            compare(question, engines, sent, repeats=3 if quick else 10)


def compare(question: Question, engines: Mapping[Engine, Ask], sent: Sent, *, repeats: int) -> None:
    """Ask all engines, check that they agree, and print our best time against each other's."""
    texts = {
        engine: text_for(
            engine,
            question,
            process_id=sent.process_id,
            begin_ns=sent.begin_ns,
            end_ns=(sent.begin_ns + sent.end_ns) // 2,
        )
        for engine in engines
    }
    rows = {engine: ask(texts[engine]).num_rows for engine, ask in engines.items()}
    assert len(set(rows.values())) == 1, f"{question.name}: the engines disagree, rows: {rows}"
    best = {
        engine: best_of(repeats, _asking(ask, texts[engine])) for engine, ask in engines.items()
    }
    conditions = {
        "log_rows": sent.log_rows,
        "metric_rows": sent.metric_rows,
        "answer_rows": rows["limnograph"],
        "hot": True,
        "best_of": repeats,
    }
    peers: dict[Engine, str] = {
        "duckdb": f"DuckDB {duckdb.__version__}",
        "datafusion": f"DataFusion {datafusion.__version__}",
    }
    for engine, peer in peers.items():
        emit(
            Line(
                name=f"query.{question.name}",
                value=best["limnograph"] * 1e3,
                unit="ms",
                peer=peer,
                peer_value=best[engine] * 1e3,
                conditions=conditions,
            )
        )


def _asking(ask: Ask, text: str) -> Callable[[], object]:
    return lambda: ask(text)


def live_files(opened: Lake, name: str) -> list[str]:
    """Materialize a view and return its table's live files."""
    view, tables = view_named(name), TableCache()
    materialize(opened, view, tables)
    return list(tables.snapshot(opened, table_spec(view)).files["path"])


def our_engine(opened: Lake) -> Ask:
    """Return our engine on the lake, as the query service's doors have it."""
    service, _ = lake_service(opened, QuerySettings())

    def ask(text: str) -> pa.Table:
        stream = service.query(text)
        return pa.Table.from_batches(stream.batches, schema=stream.schema)

    return ask


@contextmanager
def duckdb_engine(files: Mapping[str, list[str]]) -> Iterator[Ask]:
    """Return DuckDB over the files, as its delta extension would read them."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, paths in files.items():
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet({paths}, hive_partitioning=true)"
            )
        yield lambda text: connection.sql(text).to_arrow_table()


def datafusion_engine(files: Mapping[str, list[str]]) -> Ask:
    """Return DataFusion over the Delta tables that the files belong to."""
    context = datafusion.SessionContext()
    for name, paths in files.items():
        context.register_table(name, DeltaTable(paths[0].partition("/date=")[0]))
    return lambda text: pa.Table.from_batches(
        (frame := context.sql(text)).collect(), schema=frame.schema()
    )


if __name__ == "__main__":
    main()
