"""
What a billion events cost, beside the published deployment of Micromegas: goal, at most half.

Measures bytes, requests and CPU of a small load, or reads them from a file that an earlier run
wrote (``--measured``), and computes the bill of the published load from list prices.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.cost.measuring import Measured, measure
from benchmarks.cost.model import Bill, Load, bill, fleet
from benchmarks.cost.prices import REFERENCE, Prices
from benchmarks.report_lines import Line, emit

PUBLISHED = "Micromegas' published deployment"
WITH_PUTS = "the same, with the PUTs of its objects, which it does not list"
PRICED = "its price a billion events, times these events"
GOAL = 0.5
FLEETS = (100, 1_000, 10_000, 100_000)


def main() -> None:
    """Measure or read, compute, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small load, rough")
    parser.add_argument("--measured", type=Path, help="read what was measured from this file")
    parser.add_argument("--write", type=Path, help="write what was measured to this file")
    told = parser.parse_args()
    if told.measured:
        measured = Measured(**json.loads(told.measured.read_text()))
    else:
        measured = measure(16 if told.quick else 96)
    if told.write:
        told.write.write_text(json.dumps(measured.as_json(), indent=1) + "\n")
    report(measured)


def report(measured: Measured) -> None:
    """Print a line for the whole, for each item and for each case of the sensitivity table."""
    ours = bill(Load(), measured)
    conditions = {"measured": measured.as_json(), "sizes": ours.sizes}
    published = REFERENCE.total / REFERENCE.events_month * 1e9
    whole = (REFERENCE.total + REFERENCE.puts) / REFERENCE.events_month * 1e9
    _line("per_billion", ours.per_billion, PUBLISHED, published, conditions)
    _line("per_billion", ours.per_billion, WITH_PUTS, whole, conditions)
    for item, dollars in ours.items.items():
        theirs = REFERENCE.puts if item == "requests" else getattr(REFERENCE, item)
        _line(f"month.{item}", dollars, PUBLISHED, theirs, {})
    for name, case in cases(measured):
        _line(f"if.{name}", case.per_billion, PUBLISHED, published, {"sizes": case.sizes})
    for processes in FLEETS:
        load = fleet(processes)
        one = bill(load, measured)
        theirs = published * load.events / 1e9
        _line(f"month.of {processes} processes", one.total, PRICED, theirs, {"sizes": one.sizes})
    ratio = ours.per_billion / published
    verdict = "met" if ratio <= GOAL else "MISSED"
    print(
        f"${ours.total:,.0f} a month, ${ours.per_billion:.2f} a billion events; published"
        f" ${REFERENCE.total:,.0f} and ${published:.2f}; ratio {ratio:.2f}, goal {GOAL}: {verdict}",
        file=sys.stderr,
    )


def cases(measured: Measured) -> Iterator[tuple[str, Bill]]:
    """Return the bills of other assumptions, each changed alone, and of what one would choose."""
    load, prices = Load(), Prices()
    loads = {
        "a request is never kept waiting": replace(load, group_age_s=0.0),
        "events take twice the bytes": replace(load, size=2.0),
        "events take half the bytes": replace(load, size=0.5),
        "everything takes twice the CPU": replace(load, cpu=2.0),
        "the peak is ten times the average": replace(load, peak=10.0),
        "half the query fleet": replace(load, query_tasks=(2, 2, 4)),
        "twice the query fleet": replace(load, query_tasks=(4, 4, 8)),
        "everything is kept for 30 days": replace(load, days=30, raw_days=30),
        "raw blocks are kept for 30 days": replace(load, raw_days=30),
        "ten times the queries": replace(load, gets_day=10 * load.gets_day),
        "a tenth of the load": load.times(0.1),
        "ten times the load": load.times(10),
    }
    for name, other in loads.items():
        yield name, bill(other, measured)
    arm = replace(prices, vcpu_hour=0.03238, memory_gb_hour=0.00356)
    yield "tasks on ARM", bill(load, measured, arm)
    lean = replace(load, raw_days=30, query_tasks=(2, 2, 4))
    yield "all three: raw for 30 days, ARM, half the query fleet", bill(lean, measured, arm)


def _line(
    name: str, value: float, peer: str, peer_value: float, conditions: dict[str, object]
) -> None:
    unit = "USD/month" if name.startswith("month.") else "USD/billion events"
    emit(
        Line(
            name=f"cost.{name}",
            value=value,
            unit=unit,
            peer=peer,
            peer_value=peer_value,
            conditions=conditions,
        )
    )


if __name__ == "__main__":
    main()
