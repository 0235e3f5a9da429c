"""Builds one process's part of a view in a process whose peak memory is that of building alone."""

import json
import sys
from pathlib import Path

from assets.materialize import materialize
from assets.plan import Budget
from assets.storage.lake import open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import view_named


def peak_bytes() -> int:
    """Return the peak of this program; what getrusage tells may be that of who started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Build a small process first, so that what every build takes is there before."""
    url, root, name, small, large, rows_max = sys.argv[1:]
    budget, view = Budget(int(rows_max), 1 << 30), view_named(name)
    with open_lake(LakeSettings(database_url=url, root_uri=root)) as lake:
        tables = TableCache()
        materialize(lake, view, tables, process_id=small, budget=budget)
        before = peak_bytes()
        report = materialize(lake, view, tables, process_id=large, budget=budget)
    told = {
        "more_bytes": peak_bytes() - before,
        "commits": report.commits,
        "rows": report.rows,
        "quarantined": report.quarantined,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
