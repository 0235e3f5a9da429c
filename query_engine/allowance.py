"""
How much one query may ask for, by configuration; no limit is set by default.

Memory, disk and time are limits of every query (`settings.py`). These are for lakes that are open
to people who do not know how large they are: what is over one of them is refused with its name.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from assets.views.view import View
from query_engine.errors import RangeTooWide, ResultTooLarge, ScanTooLarge
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import highest, lowest


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    The limits; None is no limit.

    Attributes:
        result_rows_max: Rows of a result.
        range_seconds_max: Width of the time range of a scan of a view.
        scan_bytes_max: Size of the table files that a query reads.
    """

    result_rows_max: int | None = None
    range_seconds_max: float | None = None
    scan_bytes_max: int | None = None

    def check_result(self, rows: int) -> None:
        """Raise ResultTooLarge when a result has so many rows and may not."""
        if self.result_rows_max is not None and rows > self.result_rows_max:
            raise ResultTooLarge(
                f"the result has more than {self.result_rows_max} rows (setting result_rows_max); "
                "add a LIMIT, a filter, or aggregate"
            )

    def check_scan(self, size: int) -> None:
        """Raise ScanTooLarge when a query reads so many bytes of files and may not."""
        if self.scan_bytes_max is not None and size > self.scan_bytes_max:
            raise ScanTooLarge(
                f"the query reads {size} bytes of table files, the limit is {self.scan_bytes_max} "
                "(setting scan_bytes_max); ask for a shorter range, one process, or a rollup such "
                "as log_stats"
            )

    def check_range(self, view: View, predicates: Sequence[ColumnPredicate]) -> None:
        """
        Check what is known of the times of a scan: the call's range and the text's own conditions.

        Raises:
            RangeTooWide: They let through more time than allowed. A range without an end ends now.
        """
        if self.range_seconds_max is None:
            return
        low = lowest(predicates, [name for name in (view.time_column, view.end_column) if name])
        high = highest(predicates, view.time_column)
        end = time.time_ns() if high is None else high
        if low is not None and end - low <= self.range_seconds_max * 1e9:
            return
        what = "all of time" if low is None else f"{(end - low) / 1e9:g} s"
        raise RangeTooWide(
            f"the query asks {view.name} for {what}, the limit is {self.range_seconds_max:g} s "
            f"(setting range_seconds_max); give begin and end, or a condition on {view.time_column}"
        )
