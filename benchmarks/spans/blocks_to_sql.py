"""The part `sql`: CPU per profile span from stored blocks to the answer of a query over them."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

import psutil
import pyarrow as pa
from pyarrow import flight

from assets.storage.lake import open_lake
from benchmarks.report_lines import Line, Spent, measured
from benchmarks.scratch_lake import ScratchLake, Service, scratch_lake
from benchmarks.soak.sender import MadeBlock, Sender
from benchmarks.soak.writers import Writers
from benchmarks.spans import row_by_row
from benchmarks.spans.made import blocks, calls, sender
from benchmarks.spans.part import Part

PEER = "a loop over the spans of the blocks, a tuple each, summed up in a dictionary"
PEER_BLOCKS = 6
"""Blocks that the loop reads; what it takes grows with their number."""

FROM_BLOCKS = {"LIMNO_QUERY_ON_DEMAND_PROCESS_BYTES": str(1 << 40)}
"""Nothing is built beside the query, whose CPU time it would share."""

Sums = dict[str, tuple[int, int]]


def lines(quick: bool) -> Iterator[Line]:
    """Measure the service, its workers and Postgres, over a process that no table knows."""
    warm, load = sender(), sender()
    made = list(blocks(load, calls(50_000 if quick else 3_000_000, 2, 1000)))
    count = sum(block.header.nb_objects for block in made)
    with scratch_lake() as lake:
        store(lake, warm, list(blocks(warm, calls(2_000, 3, 50))))
        store(lake, load, made)
        with lake.query(FROM_BLOCKS) as service:
            ask(service, warm)
            spent, found = query(lake, service, load)
    theirs_s, theirs = looped(made[:PEER_BLOCKS])
    if len(made) <= PEER_BLOCKS:
        assert found == theirs, "the same sums"
    assert sum(number for number, _ in found.values()) == count, "every span is in the answer once"
    looped_over = sum(block.header.nb_objects for block in made[:PEER_BLOCKS])
    cpu = sum(spent.cpu_s.values())
    yield Line(
        name="spans.blocks to SQL", value=1e6 * cpu / count, unit="CPU us per span",
        peer=PEER, peer_value=1e6 * theirs_s / looped_over,
        conditions={
            "spans": count,
            "spans_per_cpu_s": round(count / cpu),
            "service_us_per_span": round(1e6 * spent.cpu_s["query"] / count, 3),
            "postgres_us_per_span": round(1e6 * spent.cpu_s["postgres"] / count, 3),
            "spans_per_s": round(count / spent.wall_s),
            "peer_spans_per_cpu_s": round(looped_over / theirs_s),
            "blocks": len(made),
        },
    )  # fmt: skip


def store(lake: ScratchLake, of: Sender, made: Sequence[MadeBlock]) -> None:
    """Store blocks as the receiver does."""
    with open_lake(lake.settings) as opened:
        writers = Writers(lake.settings.database_url, opened.objects)
        try:
            writers.commit_now(of, made, streams=True)
        finally:
            writers.close()


def query(lake: ScratchLake, service: Service, of: Sender) -> tuple[Spent, Sums]:
    """Ask about a process for the first time, with the CPU time of everything that answers."""
    watched: dict[str, psutil.Process] = {"query": service.process, "postgres": lake.postgres}
    with measured(**watched) as spent:
        found = ask(service, of)
    return spent, found


def ask(service: Service, of: Sender) -> Sums:
    """Return number and nanoseconds of the spans by name, from the blocks themselves."""
    sql = (
        "SELECT name, count(*) AS n, sum(duration) AS ns"
        f" FROM process_spans('{of.process.process_id}', 'thread') GROUP BY name"
    )
    with flight.connect(f"grpc://127.0.0.1:{service.ports['flight']}") as client:
        table: pa.Table = client.do_get(flight.Ticket(sql.encode())).read_all()
    return {row["name"]: (row["n"], int(row["ns"])) for row in table.to_pylist()}


def looped(made: Sequence[MadeBlock]) -> tuple[float, Sums]:
    """Return CPU seconds and sums of the usual way."""
    begun = time.process_time()
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for block in made:
        for row in row_by_row.tuples(block.payload):
            sums = found[row[6]]
            sums[0] += 1
            sums[1] += row[5]
    seconds = time.process_time() - begun
    return seconds, {name: (count, total) for name, (count, total) in found.items()}


BLOCKS_TO_SQL = Part("sql", lines)
