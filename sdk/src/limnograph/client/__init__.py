"""
The query client: SQL to the lake, Arrow back. Needs the extra ``limnograph[client]``.

    import limnograph

    lake = limnograph.connect()                      # LIMNO_QUERY_URI, else grpc://127.0.0.1:9482
    errors = lake.query("SELECT time, msg FROM log_entries WHERE level <= 2", begin="1h").polars()
"""

from limnograph.client.client import Client, connect
from limnograph.client.errors import QueryError
from limnograph.client.result import Result

__all__ = ["Client", "QueryError", "Result", "connect"]
