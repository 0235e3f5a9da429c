"""
The types of SQL in the words of ODBC and JDBC, and GetXdbcTypeInfo.

Numbers are those of the specification's ``XdbcDataType`` and its neighbours. Arrays, structs and
maps are of no such type; columns of them still have a name.
"""

from dataclasses import dataclass
from operator import attrgetter

import polars as pl
import pyarrow as pa

from query_engine.functions.decimals import PRECISION_MAX
from query_engine.functions.function import DURATION, TIME
from query_engine.sql.types import BOOLEAN, DATE, FLOAT32, FLOAT64, INT64, TEXT, as_instance, shown

BIT, TINYINT, BIGINT, VARBINARY = -7, -6, -5, -3
DECIMAL, INTEGER, SMALLINT, REAL, DOUBLE = 3, 4, 5, 7, 8
DATETIME, INTERVAL, VARCHAR = 9, 10, 12
DATE_CODE, TIME_CODE, TIMESTAMP_CODE = 91, 92, 93
SUB_DATE, SUB_TIME, SUB_TIMESTAMP, SUB_DAY_TO_SECOND = 1, 2, 3, 10
NULLABLE = 1
BINARY, DIGITS = 2, 10
ANY_BUT_LIKE, ANY_OPERATOR = 2, 3
SIZE_MAX = 2**31 - 1
"""Stands for "as long as you like" where the specification wants a size."""

TYPE_INFO_SCHEMA = pa.schema(
    [
        pa.field("type_name", pa.utf8(), nullable=False),
        pa.field("data_type", pa.int32(), nullable=False),
        pa.field("column_size", pa.int32()),
        pa.field("literal_prefix", pa.utf8()),
        pa.field("literal_suffix", pa.utf8()),
        pa.field("create_params", pa.list_(pa.field("item", pa.utf8(), nullable=False))),
        pa.field("nullable", pa.int32(), nullable=False),
        pa.field("case_sensitive", pa.bool_(), nullable=False),
        pa.field("searchable", pa.int32(), nullable=False),
        pa.field("unsigned_attribute", pa.bool_()),
        pa.field("fixed_prec_scale", pa.bool_(), nullable=False),
        pa.field("auto_increment", pa.bool_()),
        pa.field("local_type_name", pa.utf8()),
        pa.field("minimum_scale", pa.int32()),
        pa.field("maximum_scale", pa.int32()),
        pa.field("sql_data_type", pa.int32(), nullable=False),
        pa.field("datetime_subcode", pa.int32()),
        pa.field("num_prec_radix", pa.int32()),
        pa.field("interval_precision", pa.int32()),
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataType:
    """
    One type.

    Attributes:
        size: Digits, bits of a float (``radix`` tells) or characters of a value.
        scale: Digits after the point, at most where there are ``params``; None without a point.
        quotes: What stands around a literal.
        generic: The code of all datetimes or intervals, where the type is one.
        subcode: Which of them.
        params: What may stand in parentheses after the name.
    """

    dtype: pl.DataType
    code: int
    size: int
    scale: int | None = None
    radix: int | None = None
    unsigned: bool = False
    quotes: tuple[str, str] | None = None
    generic: int | None = None
    subcode: int | None = None
    params: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """How CAST names it."""
        return "DECIMAL" if isinstance(self.dtype, pl.Decimal) else type_name(self.dtype)

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.dtype == TEXT


def whole(dtype: pl.DataType, code: int, digits: int, *, unsigned: bool = False) -> DataType:
    """Return a type of whole numbers."""
    return DataType(dtype=dtype, code=code, size=digits, scale=0, radix=DIGITS, unsigned=unsigned)


def moment(dtype: pl.DataType, code: int, subcode: int, form: str, scale: int | None) -> DataType:
    """Return a type of dates and times whose literals are of some *form*."""
    quotes = (f"{type_name(dtype)} '", "'")
    return DataType(
        dtype=dtype,
        code=code,
        size=len(form),
        scale=scale,
        quotes=quotes,
        generic=DATETIME,
        subcode=subcode,
    )


def type_name(dtype: pl.DataType) -> str:
    """Return the name that SQL has for the type of a column."""
    if isinstance(dtype, pl.List):
        return f"{type_name(as_instance(dtype.inner))}[]"
    return "VARBINARY" if isinstance(dtype, pl.Binary) else shown(dtype).upper()


DATA_TYPES: tuple[DataType, ...] = (
    DataType(dtype=BOOLEAN, code=BIT, size=1),
    whole(pl.Int8(), TINYINT, 3),
    whole(pl.UInt8(), TINYINT, 3, unsigned=True),
    whole(pl.Int16(), SMALLINT, 5),
    whole(pl.UInt16(), SMALLINT, 5, unsigned=True),
    whole(pl.Int32(), INTEGER, 10),
    whole(pl.UInt32(), INTEGER, 10, unsigned=True),
    whole(INT64, BIGINT, 19),
    whole(pl.UInt64(), BIGINT, 20, unsigned=True),
    DataType(dtype=FLOAT32, code=REAL, size=24, radix=BINARY),
    DataType(dtype=FLOAT64, code=DOUBLE, size=53, radix=BINARY),
    DataType(
        dtype=pl.Decimal(PRECISION_MAX, 0),
        code=DECIMAL,
        size=PRECISION_MAX,
        scale=PRECISION_MAX,
        radix=DIGITS,
        params=("precision", "scale"),
    ),
    DataType(dtype=TEXT, code=VARCHAR, size=SIZE_MAX, quotes=("'", "'")),
    DataType(dtype=pl.Binary(), code=VARBINARY, size=SIZE_MAX, quotes=("X'", "'")),
    moment(DATE, DATE_CODE, SUB_DATE, "2026-01-31", None),
    moment(pl.Time(), TIME_CODE, SUB_TIME, "12:00:00.000000000", 9),
    moment(TIME, TIMESTAMP_CODE, SUB_TIMESTAMP, "2026-01-31T12:00:00.000000000Z", 9),
    DataType(
        dtype=DURATION,
        code=INTERVAL,
        size=len("106751 days 23 hours 47 minutes 16.854775807 seconds"),
        scale=9,
        quotes=("INTERVAL '", "'"),
        generic=INTERVAL,
        subcode=SUB_DAY_TO_SECOND,
    ),
)


def data_type_of(dtype: pl.DataType) -> DataType | None:
    """Return what is known of the type of a column; None if it is none of ODBC's."""
    same = (known for known in DATA_TYPES if type(known.dtype) is type(dtype))
    return next(same, None)


def type_info(code: int | None) -> pa.Table:
    """Return every type, or those of one code of ``XdbcDataType``."""
    wanted = [known for known in DATA_TYPES if code is None or known.code == code]
    rows = [described(known) for known in sorted(wanted, key=attrgetter("code", "name"))]
    return pa.Table.from_pylist(rows, schema=TYPE_INFO_SCHEMA)


def described(known: DataType) -> dict[str, object]:
    """Return one row of GetXdbcTypeInfo."""
    numeric = known.radix is not None
    prefix, suffix = known.quotes or (None, None)
    days = len("106751") if known.code == INTERVAL else None
    return {
        "type_name": known.name,
        "data_type": known.code,
        "column_size": known.size,
        "literal_prefix": prefix,
        "literal_suffix": suffix,
        "create_params": known.params,
        "nullable": NULLABLE,
        "case_sensitive": known.is_text,
        "searchable": ANY_OPERATOR if known.is_text else ANY_BUT_LIKE,
        "unsigned_attribute": known.unsigned if numeric else None,
        "fixed_prec_scale": False,
        "auto_increment": False if numeric else None,
        "local_type_name": None,
        "minimum_scale": 0 if known.params else known.scale,
        "maximum_scale": known.scale,
        "sql_data_type": known.generic or known.code,
        "datetime_subcode": known.subcode,
        "num_prec_radix": known.radix,
        "interval_precision": days,
    }
