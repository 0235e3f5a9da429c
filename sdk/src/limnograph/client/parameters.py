"""
Values of parameters as the doors send them: one Arrow row for Flight, JSON for HTTP.

Rule: a value arrives as what it is, or is refused here with its number or name.
"""

import base64
import datetime as dt
import math
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from limnograph.client.door import Params
from limnograph.client.errors import QueryError
from limnograph.client.times import Zone, duration_ns, of_datetime, rfc3339, zone_of

_TIME = pa.timestamp("ns", "UTC")


def as_batch(params: Params, zone: Zone = None) -> pa.RecordBatch:
    """
    Return one row with a column per parameter, called by its name or number.

    Args:
        params: The values.
        zone: Zone of datetimes that have none; None for UTC.

    Raises:
        QueryError: SQL has no such value.
    """
    named = _named(params, zone)
    arrays = [_array(value, name) for name, value in named.items()]
    return pa.RecordBatch.from_arrays(arrays, names=list(named))


def as_json(params: Params, zone: Zone = None) -> list[Any] | dict[str, Any]:
    """
    Return the values as the service takes them in JSON.

    Args:
        params: The values.
        zone: Zone of datetimes that have none; None for UTC.

    Raises:
        QueryError: SQL has no such value.
    """
    named = {name: _json(value, name) for name, value in _named(params, zone).items()}
    return named if isinstance(params, Mapping) else list(named.values())


def _named(params: Params, zone: Zone) -> dict[str, Any]:
    if isinstance(params, Mapping):
        return {str(name).lstrip("$:"): _zoned(value, zone) for name, value in params.items()}
    if isinstance(params, str | bytes) or not hasattr(params, "__iter__"):
        raise QueryError("client", "params is neither a list of values nor a dict of them")
    return {str(number): _zoned(value, zone) for number, value in enumerate(params, 1)}


def _zoned(given: Any, zone: Zone) -> Any:
    """Return a value as Python's own, datetimes without a zone in *zone*."""
    value = _plain(given)
    if isinstance(value, list | tuple):
        return [_zoned(item, zone) for item in value]
    if zone is not None and isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=zone_of(zone))
    return value


def _plain(value: Any) -> Any:
    """Return a value of another library (NumPy, pandas, Polars) as Python's own."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "dtype"):
        if value.dtype.kind in "Mm":
            return pa.scalar(value) if value.ndim == 0 else [pa.scalar(item) for item in value]
        return value.tolist()
    if isinstance(value, set | frozenset | range):
        return list(value)
    if hasattr(value, "to_list"):
        return value.to_list()
    return value


def _array(value: Any, name: str) -> pa.Array:
    try:
        if isinstance(value, pa.Scalar):
            kind = pa.duration("ns") if pa.types.is_duration(value.type) else _TIME
            return pa.array([value.cast(kind)], kind)
        if isinstance(value, list | tuple):
            return _list_array(value, name)
        return pa.array([_number(value)], _kind(value))
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as exc:
        raise _refused(value, name) from exc


def _list_array(values: Any, name: str) -> pa.Array:
    parts = [_array(value, name) for value in values]
    if not parts:
        return pa.array([[]], pa.list_(pa.null()))
    joined = pa.concat_arrays(_unified(parts))
    return pa.ListArray.from_arrays(pa.array([0, len(joined)], pa.int32()), joined)


def _unified(parts: list[pa.Array]) -> list[pa.Array]:
    schemas = [pa.schema([("v", part.type)]) for part in parts]
    kind = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    return [part.cast(kind) for part in parts]


def _number(value: Any) -> Any:
    """Return a time as the ns that Arrow counts; anything else as it is."""
    return of_datetime(value) if isinstance(value, dt.datetime) else value


def _kind(value: Any) -> pa.DataType | None:
    """Return the type of a value where Arrow's own choice is another one."""
    if isinstance(value, dt.datetime):
        return _TIME
    if isinstance(value, dt.timedelta):
        return pa.duration("ns")
    if isinstance(value, int) and not isinstance(value, bool):
        return pa.int64() if value < 2**63 else pa.uint64()
    if value is None or isinstance(value, bool | float | str | bytes | Decimal | dt.date):
        return None
    raise TypeError(type(value).__name__)


def _json(value: Any, name: str) -> Any:
    if isinstance(value, pa.Scalar):
        return _json_of_arrow(value)
    if isinstance(value, list | tuple):
        return [_json(item, name) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    for kind, write in _TYPED.items():
        if isinstance(value, kind):
            try:
                return write(value)
            except (ValueError, OverflowError) as exc:  # pandas' NaT, or years that UTC has not
                raise _refused(value, name) from exc
    raise _refused(value, name)


def _json_of_arrow(value: pa.Scalar) -> dict[str, Any]:
    if pa.types.is_duration(value.type):
        return {"duration": value.cast(pa.duration("ns")).value}
    return {"timestamp": rfc3339(value.cast(_TIME).value)}


_TYPED: Mapping[type, Callable[[Any], Any]] = {
    float: lambda value: value if math.isfinite(value) else {"double": str(value)},
    dt.datetime: lambda value: {"timestamp": rfc3339(of_datetime(value))},
    dt.date: lambda value: {"date": value.isoformat()},
    dt.timedelta: lambda value: {"duration": duration_ns(value)},
    Decimal: lambda value: {"decimal": str(value)},
    bytes: lambda value: {"binary": base64.b64encode(value).decode()},
}
"""What JSON does not have, as the service takes it: an object of one key, the type."""


def _refused(value: Any, name: str) -> QueryError:
    kind = type(value).__name__
    return QueryError("client", f"the parameter {name} ({kind}) cannot be sent")
