"""
`make demo`: everything on this machine, a web shop sending to it, questions answered in SQL.

With ONCE=1 in the environment it stops after the answers; otherwise it keeps running.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from polars import selectors

import limnograph
from assets.errors import LakeError
from stack.cli import print_addresses, say, stop_on_signals
from stack.errors import PartFailed
from stack.log_lines import tail
from stack.one_machine import OneMachine
from stack.ports import is_free
from stack.program import PartSpec, Program
from stack.settings import StackSettings, default_data_dir

SHOP_SECONDS = 8.0
_PORTS = {
    "LIMNO_INGEST_PORT": 9480,
    "LIMNO_INGEST_GRPC_PORT": 4317,
    "LIMNO_INGEST_OTLP_PORT": 4318,
    "LIMNO_QUERY_HTTP_PORT": 9481,
    "LIMNO_QUERY_FLIGHT_PORT": 9482,
    "LIMNO_DAGSTER_PORT": 9483,
    "LIMNO_POSTGRES_PORT": 9484,
}

ERROR_RATE = """
SELECT date_trunc('minute', time) AS minute,
       property_get(properties, 'route') AS route,
       count(*) AS requests,
       round(100.0 * sum(CASE WHEN property_get(properties, 'status') <> '200' THEN 1 ELSE 0 END)
             / count(*), 1) AS error_percent
FROM log_entries
WHERE process_id = '{process_id}' AND property_get(properties, 'status') IS NOT NULL
GROUP BY date_trunc('minute', time), property_get(properties, 'route')
ORDER BY minute, error_percent DESC
"""
SLOWEST_REQUESTS = """
SELECT name, round(duration / 1000000.0, 1) AS ms, start_time, end_time, trace_id
FROM otel_spans
WHERE process_id = '{process_id}' AND kind = 'SERVER'
ORDER BY duration DESC
LIMIT 3
"""
WHAT_RAN_MEANWHILE = """
SELECT path, count, round(self / 1000000.0, 1) AS self_ms
FROM flame('{process_id}', '{begin}', '{end}')
ORDER BY self DESC
LIMIT 4
"""
NEWEST_WARNINGS = """
SELECT time, msg, property_get(properties, 'request_id') AS request_id
FROM log_entries
WHERE process_id = '{process_id}' AND level = 3
ORDER BY time DESC
LIMIT 5
"""
QUESTIONS = (
    ("How many requests fail, by route and minute?", ERROR_RATE),
    ("Which requests took longest?", SLOWEST_REQUESTS),
    ("What did the shop do while the slowest of them ran?", WHAT_RAN_MEANWHILE),
    ("What are the newest warnings, and of which request?", NEWEST_WARNINGS),
)
COUNTS = (
    "SELECT count(*) AS n FROM log_entries WHERE process_id = '{process_id}'",
    "SELECT count(*) AS n FROM measures WHERE process_id = '{process_id}'",
    "SELECT count(*) AS n FROM process_spans('{process_id}', 'both')",
    "SELECT count(*) AS n FROM otel_spans WHERE process_id = '{process_id}'",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when every acknowledged event was found by SQL."""
    parser = argparse.ArgumentParser(prog="python -m stack.demo", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="instead of LIMNO_DATA_DIR")
    arguments = parser.parse_args(argv)
    stop_on_signals()
    environment_for_free_ports(os.environ)
    settings = StackSettings(data_dir=arguments.data_dir or demo_data_dir(os.environ))
    try:
        with OneMachine(settings, say) as machine:
            equal = show(machine)
            machine.wait_until_ready()
            print_addresses(machine)
            if os.environ.get("ONCE"):
                return 0 if equal else 1
            say(
                "running until Ctrl-C; the shop again:"
                f" LIMNO_INGEST_URI={machine.addresses.ingest_url}"
                f" {sys.executable} -m examples.web_shop"
            )
            while True:
                machine.tick()
                time.sleep(0.1)
    except KeyboardInterrupt:
        say("stopped")
        return 0
    except (LakeError, limnograph.QueryError) as exc:
        print(f"demo: {exc}", file=sys.stderr)
        return 1


def demo_data_dir(environ: "os._Environ[str]") -> Path:
    """Return the demo's data directory: never that of a real `limnod up` unless it is set."""
    default = default_data_dir()
    return Path(environ.get("LIMNO_DATA_DIR") or default.with_name(f"{default.name}-demo"))


def environment_for_free_ports(environ: "os._Environ[str]") -> None:
    """Move to free ports where a default one is taken and none was asked for."""
    for variable, port in _PORTS.items():
        if variable not in environ and not is_free(port):
            environ[variable] = "0"


def show(machine: OneMachine) -> bool:
    """Run the shop, answer the questions, compare the counts; Dagster starts meanwhile."""
    machine.wait_until_ready("ingest", "query")
    say(f"a web shop sends for {SHOP_SECONDS:.0f} s")
    summary = run_shop(machine)
    process_id = str(summary["process_id"])
    known = {"process_id": process_id}
    with limnograph.connect(machine.addresses.flight_url) as client:
        for question, sql in QUESTIONS:
            text = sql.format_map(known).strip()
            answer = client.query(text, begin="1h").polars()
            say(f"\n{question}\n\n{text}\n\n{as_table(answer)}")
            if sql is SLOWEST_REQUESTS and answer.height:
                known |= slowest(answer)
        queried = sum(
            client.query(sql.format(process_id=process_id)).arrow()["n"][0].as_py()
            for sql in COUNTS
        )
    if "trace_id" in known:
        say(f"\nThe slowest request of process {process_id}\n")
        say(how_to_open(machine, known["trace_id"]))
    acknowledged = summary["acknowledged"]
    say(f"\nacknowledged={acknowledged} queried={queried}\n")
    return bool(queried == acknowledged)


def slowest(requests: pl.DataFrame) -> dict[str, str]:
    """Return what the question that follows asks about the first of the requests."""
    moments = pl.col("start_time", "end_time").dt.strftime("%FT%T%.9fZ")
    row = requests.with_columns(moments).row(0, named=True)
    return {"trace_id": row["trace_id"], "begin": row["start_time"], "end": row["end_time"]}


def how_to_open(machine: OneMachine, trace_id: str) -> str:
    """Return where to look at a trace: in a browser, and as a file."""
    limno = Path(sys.executable).with_name("limno")
    return (
        f"in Perfetto's viewer: {machine.addresses.query_url}/perfetto/trace/{trace_id}\n"
        f"as a file:             {limno} trace --uri {machine.addresses.flight_url}"
        f" --trace-id {trace_id} -o slow.perfetto-trace"
    )


def run_shop(machine: OneMachine) -> dict[str, object]:
    """
    Run the example application and return what it says it sent.

    Raises:
        PartFailed: It failed; the message has the end of its output.
    """
    root = Path(__file__).resolve().parents[1]
    shop = Program(
        PartSpec(
            name="web-shop",
            command=(
                *(sys.executable, "-m", "examples.web_shop"),
                *("--seconds", str(SHOP_SECONDS), "--seed", str(time.time_ns() % 1000)),
            ),
            environment={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
                "LIMNO_INGEST_URI": machine.addresses.ingest_url,
            },
            status=str,
        ),
        machine.directory.logs,
    )
    shop.log.unlink(missing_ok=True)
    shop.launch()
    try:
        while shop.exit_code() is None:
            machine.tick()
            time.sleep(0.05)
    finally:
        shop.kill()
    lines = shop.log.read_text().splitlines()
    if shop.exit_code() != 0 or not lines:
        raise PartFailed(f"the web shop failed:\n{tail(shop.log)}")
    summary: dict[str, object] = json.loads(lines[-1])
    return summary


def as_table(frame: pl.DataFrame) -> str:
    """Return rows as aligned text; times to the millisecond, as people compare them by eye."""
    times = selectors.datetime().dt.strftime("%F %T%.3f")
    rows = frame.with_columns(times).rows()
    cells = [frame.columns, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(frame.width)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    raise SystemExit(main())
