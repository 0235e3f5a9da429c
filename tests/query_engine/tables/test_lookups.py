"""A trace is found by its id in few files of many, wherever its spans lie, and wholly."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.materialize import materialize, rebuild
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import compact_slice
from assets.views.log_entries import LOG_ENTRIES
from assets.views.otel_spans import OTEL_SPANS
from assets.views.physical import table_spec
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres
from tests.assets.decode.otlp.messages import NOW, Made, made
from tests.assets.filled_lake import LakeUnderTest, Sender, under_test
from tests.conftest import fresh_database
from tests.query_engine.tables.conftest import Asked, asked_over

HOUR = timedelta(hours=1)
READS = re.compile(r"reads: (\d+) of (\d+) files(?: \((\d+) without the values\))?")


def trace_id(number: int) -> str:
    """Return ids that are spread as random ones are."""
    return f"{(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128:032x}"


def spans_of(*traces: int) -> Made:
    """Return a block with a span of each of these traces."""
    message = ResourceSpans()
    spans = message.scope_spans.add().spans
    for at, number in enumerate(traces):
        spans.add(
            trace_id=bytes.fromhex(trace_id(number)),
            span_id=(at + 1).to_bytes(8, "big"),
            name=f"s{number}",
            start_time_unix_nano=NOW,
            end_time_unix_nano=NOW + 1,
        )
    return made(message, NOW, NOW + 1, len(traces))


def logs_of(*traces: int) -> Made:
    """Return a block with a log record of each of these traces, and one of none."""
    message = ResourceLogs()
    records = message.scope_logs.add().log_records
    for number in traces:
        record = records.add(time_unix_nano=NOW, trace_id=bytes.fromhex(trace_id(number)))
        record.body.string_value = f"l{number}"
    records.add(time_unix_nano=NOW).body.string_value = "of no trace"
    return made(message, NOW, NOW, len(traces) + 1)


@pytest.fixture
def traced(filled) -> Callable[..., None]:
    """Return a function that stores spans and logs of traces, so many hours from now."""
    return storing(filled)


def storing(filled: LakeUnderTest) -> Callable[..., None]:
    """Return that function for a lake."""
    spans = Sender(tag="trace", format="otlp/v1/traces")
    logs = Sender(tag="log", format="otlp/v1/logs")

    def store(*traces: int, ahead: int = 0) -> None:
        filled.write(spans, spans_of(*traces), shift=ahead * HOUR)
        filled.write(logs, logs_of(*traces), shift=ahead * HOUR)

    return store


def materialized(filled) -> None:
    """Bring both tables up to date."""
    for view in (OTEL_SPANS, LOG_ENTRIES):
        materialize(filled.lake, view, filled.tables)


def reads(asked, sql: str) -> list[tuple[str, str, str]]:
    """Return files read, files there are and files without the values, for each scan."""
    return READS.findall(asked.rows(f"EXPLAIN {sql}")["plan"][0])


@pytest.fixture(scope="module")
def day(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    workers: WorkerPool,
) -> Iterator[Asked]:
    """Return a service over 24 hours of traces, a file each, and trace 3 in two of them."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgres_server, migrated_template))
        root = tmp_path_factory.mktemp("day").as_uri()
        lake = stack.enter_context(open_lake(LakeSettings(database_url=url, root_uri=root)))
        filled = stack.enter_context(under_test(lake, url, made))
        traced = storing(filled)
        for hour in range(24):
            more = [3] if hour in {9, 17} else []
            traced(*range(100 * hour + 50, 100 * hour + 70), *more, ahead=hour)
            materialized(filled)
        yield stack.enter_context(asked_over(lake, workers))


SPANS = f"SELECT name FROM otel_spans WHERE trace_id = '{trace_id(3)}'"
LOGS = f"SELECT msg FROM log_entries WHERE properties['otel.trace_id'] = '{trace_id(3)}'"
LOGS_ANY_CASE = LOGS.replace("properties[", "property_get(properties, ").replace("]", ")")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (SPANS, ["s3", "s3"]),
        (SPANS.replace("=", "IN (") + f", '{trace_id(1)}')", ["s3", "s3"]),
        (LOGS, ["l3", "l3"]),
        (LOGS_ANY_CASE, ["l3", "l3"]),
        (SPANS + " ORDER BY start_time DESC LIMIT 5", ["s3", "s3"]),
    ],
)
def test_few_files_are_opened_and_explain_says_so(day, sql: str, found: list[str]) -> None:
    """
    No time is given, ids spread over each file's whole range: yet two files of 24 are opened.
    """
    assert day.rows(sql).to_series().to_list() == found
    ((read, total, without),) = reads(day, sql)
    assert int(total) == 24
    assert without in {"", str(24 - int(read))}, "newest first, files are chosen before the scan"
    assert 2 <= int(read) <= 3, "one in a thousand files is opened in vain"


def test_the_files_of_a_join_are_few_as_well(day) -> None:
    """
    An id that one side is asked for is asked for on the other.
    """
    sql = (
        "SELECT s.name, l.msg FROM otel_spans s "
        "JOIN log_entries l ON l.properties['otel.trace_id'] = s.trace_id "
        f"WHERE s.trace_id = '{trace_id(3)}'"
    )
    assert day.rows(sql).rows() == [("s3", "l3")] * 4
    assert all(int(read) <= 3 for read, _, _ in reads(day, sql))


def test_an_id_that_is_nowhere_opens_no_file(day) -> None:
    """
    Nor does a text that is no id, or NULL.
    """
    sql = f"SELECT count(*) FROM otel_spans WHERE trace_id = '{trace_id(-1)}'"
    assert day.rows(sql).row(0) == (0,)
    for value in ("'it''s no id'", "NULL"):
        assert day.rows(f"SELECT name FROM otel_spans WHERE trace_id = {value}").height == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_lookup_finds_what_a_full_scan_finds(asked, filled, traced, seed: int) -> None:
    """
    Whatever was materialized, rebuilt, compacted or came late, and whatever filters are lost.
    """
    random_ = random.Random(seed)
    for _ in range(14):
        match random_.randrange(6):
            case 0 | 1 | 2:
                traced(*random_.sample(range(30), 6), ahead=random_.randrange(4))
            case 3:
                materialized(filled)
            case 4:
                change_a_slice(filled, random_)
            case 5:
                lost = [i.key for i in filled.lake.objects.list("tables/") if ".bloom" in i.key]
                filled.lake.objects.delete(random_.sample(lost, min(2, len(lost))))
        wanted = [trace_id(random_.randrange(35)) for _ in range(random_.randrange(1, 4))]
        check(asked, "otel_spans", "name", "trace_id", wanted)
        check(asked, "log_entries", "msg", "properties['otel.trace_id']", wanted)


def change_a_slice(filled, random_: random.Random) -> None:
    """Rebuild a slice, or compact it."""
    view = random_.choice([OTEL_SPANS, LOG_ENTRIES])
    slices = sorted(filled.covered(view))
    if slices and random_.random() < 0.5:
        rebuild(filled.lake, view, filled.tables, [random_.choice(slices)])
    elif slices:
        compact_slice(filled.lake, table_spec(view), random_.choice(slices))


def check(asked, table: str, column: str, key: str, values: list[str]) -> None:
    """Compare a lookup with a scan that no filter can help."""
    listed = ", ".join(f"'{value}'" for value in values)
    found = asked.rows(f"SELECT {column} FROM {table} WHERE {key} IN ({listed}) ORDER BY 1")
    sql = f"SELECT {column} FROM {table} WHERE concat({key}, '') IN ({listed}) ORDER BY 1"
    assert found.rows() == asked.rows(sql).rows()
