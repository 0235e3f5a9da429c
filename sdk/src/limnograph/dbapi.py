"""
The standard Python database API (PEP 249) over Arrow Flight SQL: ADBC's connection, ready-made.

    import limnograph.dbapi

    with limnograph.dbapi.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT time, msg FROM log_entries WHERE level <= ?", (2,))
        print(cursor.fetchone(), cursor.fetch_arrow_table().num_rows)

pandas and Polars take the connection: ``pandas.read_sql(sql, connection)``,
``polars.read_database(sql, connection)``. Needs the extra ``limnograph[dbapi]``.
"""

from typing import TYPE_CHECKING, Any

from limnograph.client.asking import EARLIEST_NS, LATEST_NS
from limnograph.client.auth import Auth
from limnograph.client.door import Target
from limnograph.client.errors import QueryError
from limnograph.client.place import target_of
from limnograph.client.times import When, Zone, rfc3339, unix_ns

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

MESSAGE_BYTES_MAX = 1 << 30
"""Bytes of one message of an answer; the driver's own limit is less than one long row may have."""

_SQL = "adbc.flight.sql."
_EXTRA = "the database API needs the extra 'dbapi': pip install 'limnograph[dbapi]'"
_EXCEPTIONS = (
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
)


def connect(
    uri: str | None = None,
    *,
    auth: Auth = None,
    api_key: str | None = None,
    tls_ca: str | None = None,
    tls_verify: bool | None = None,
    timeout: float | None = None,
    begin: When = None,
    end: When = None,
    tz: Zone = None,
) -> "Connection":
    """
    Return an ``adbc_driver_flightsql.dbapi`` connection with every option as the service wants it.

    Args:
        uri: ``grpc://host:port`` or ``grpc+tls://host:port``, or the name of a profile; unset as
            for ``limnograph.connect``.
        auth: As for ``limnograph.connect``; a token is asked for once, when the connection is made.
        api_key: A token as ``auth``; else LIMNO_API_KEY, or the profile's.
        tls_ca: File of the certificates to trust (PEM); else LIMNO_TLS_CA, the profile's, those
            that the machine trusts.
        tls_verify: False takes any certificate.
        timeout: Most seconds that a query may take to begin, and to be fetched.
        begin: Only events from then on, in every query of the connection: as for ``query``.
        end: Only events up to then, that moment included.
        tz: Zone of times without one; UTC unless given.

    Raises:
        QueryError: The address or an option cannot be used, or the extra is not installed.
        OperationalError: The service cannot be reached.
    """
    target = target_of(
        uri, auth=auth, api_key=api_key, tls_ca=tls_ca, tls_verify=tls_verify, timeout=timeout
    )
    if not target.uri.startswith("grpc"):
        raise QueryError(
            "client",
            f"{target.uri} is HTTP, and the database API speaks Arrow Flight: give grpc://host:port",
        )
    options = _options(target)
    begin_ns, end_ns = unix_ns(begin, zone=tz), unix_ns(end, zone=tz)
    if begin_ns is not None or end_ns is not None:
        header = f"{_SQL}rpc.call_header.query_range_"
        options[header + "begin"] = rfc3339(EARLIEST_NS if begin_ns is None else begin_ns)
        options[header + "end"] = rfc3339(LATEST_NS if end_ns is None else end_ns)
    try:
        import adbc_driver_flightsql.dbapi as driver
    except ImportError as exc:
        raise QueryError("not_installed", f"{_EXTRA} ({exc})") from exc
    # The service only reads, so that there is nothing to commit.
    return driver.connect(target.uri, db_kwargs=options, autocommit=True)


def _options(target: Target) -> dict[str, str]:
    """Return what the driver is told of a service."""
    options = {f"{_SQL}client_option.with_max_msg_size": str(MESSAGE_BYTES_MAX)}
    authorization = target.authorize()
    if authorization:
        options[f"{_SQL}authorization_header"] = authorization
    if target.uri.startswith("grpc+tls"):
        if target.tls_ca:
            options[f"{_SQL}client_option.tls_root_certs"] = target.tls_ca.decode("ascii")
        if not target.tls_verify:
            options[f"{_SQL}client_option.tls_skip_verify"] = "true"
    if target.timeout_s is not None:
        for call in ("fetch", "query", "update"):
            options[f"{_SQL}rpc.timeout_seconds.{call}"] = str(target.timeout_s)
    return options


def __getattr__(name: str) -> Any:
    """Return one of the exceptions of PEP 249, which are the driver's."""
    if name not in _EXCEPTIONS:
        raise AttributeError(f"module 'limnograph.dbapi' has no attribute {name!r}")
    try:
        import adbc_driver_manager.dbapi as driver
    except ImportError as exc:
        raise AttributeError(f"{_EXTRA} ({exc})") from exc
    return getattr(driver, name)
