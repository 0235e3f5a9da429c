"""The forms that an answer can take once all of its rows are there."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from limnograph.client.errors import QueryError
from limnograph.client.rows import records, tuples

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Forms:
    """What has rows, in each form that somebody may want them in."""

    schema: "pa.Schema"

    @property
    @abstractmethod
    def sql(self) -> str:
        """The text that was asked."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)

    @abstractmethod
    def arrow(self) -> "pa.Table":
        """
        Return all rows as an Arrow table.

        Raises:
            QueryError: The query failed on its way.
        """

    def polars(self) -> "pl.DataFrame":
        """Return all rows as a Polars frame; raises as ``arrow``."""
        import polars as pl

        frame = pl.from_arrow(self.arrow())
        assert isinstance(frame, pl.DataFrame), "a table becomes a frame"
        return frame

    def pandas(self, **options: Any) -> "pd.DataFrame":
        """
        Return all rows as a pandas frame; raises as ``arrow``.

        Times are ``datetime64[ns, UTC]`` and keep their nanoseconds, maps are dicts.

        Args:
            options: Go to ``pyarrow.Table.to_pandas``, such as ``types_mapper=pd.ArrowDtype``.
        """
        try:
            import pandas as pd
        except ImportError as exc:
            raise QueryError(
                "not_installed", f"pandas is not installed: pip install pandas ({exc})"
            ) from exc
        frame = self.arrow().to_pandas(**{"maps_as_pydicts": "lossy", **options})
        assert isinstance(frame, pd.DataFrame), "a table becomes a frame"
        return frame

    def rows(self) -> list[tuple[Any, ...]]:
        """
        Return all rows as tuples of Python values; raises as ``arrow``.

        Times are aware datetimes in UTC, cut to microseconds because Python has no finer ones;
        maps are dicts.
        """
        return [row for batch in self.arrow().to_batches() for row in tuples(batch)]

    def dicts(self) -> list[dict[str, Any]]:
        """Return all rows as dicts by column name; values and errors as in ``rows``."""
        return [row for batch in self.arrow().to_batches() for row in records(batch)]

    def one(self) -> dict[str, Any]:
        """
        Return the only row as a dict.

        Raises:
            QueryError: There is none, or more than one; or as ``arrow``.
        """
        if len(self) != 1:
            raise QueryError("client", f"expected one row, got {len(self)}", sql=self.sql)
        return self.dicts()[0]

    def scalar(self) -> Any:
        """
        Return the only value of an answer with one row and one column.

        Raises:
            QueryError: There are more, or none; or as ``arrow``.
        """
        if len(self.columns) != 1:
            names = ", ".join(self.columns)
            raise QueryError("client", f"expected one column, got {names}", sql=self.sql)
        return next(iter(self.one().values()))

    def __len__(self) -> int:
        """Return the number of rows; reads all of them."""
        return int(self.arrow().num_rows)


class Whole(Forms):
    """All rows of an answer."""

    def __init__(self, table: "pa.Table", sql: str) -> None:
        self.schema, self._sql, self._table = table.schema, sql, table

    @property
    def sql(self) -> str:
        """The text that was asked."""
        return self._sql

    def arrow(self) -> "pa.Table":
        """Return all rows."""
        return self._table
