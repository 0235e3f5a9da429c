"""
The peer: a pyarrow Flight server that holds the table in memory and does nothing else.

It looks at the end of a statement only: one row for ``SELECT 1``, so many for a LIMIT, else all,
with the fastest stream that the library has.
"""

import re
import sys

import pyarrow as pa
import pyarrow.flight as fl

from benchmarks.doors.table import Stored

_ROWS = re.compile(rb"(?:LIMIT |SELECT )(\d+)\Z")


class BareServer(fl.FlightServerBase):  # type: ignore[misc]
    """One table, and the first rows of it."""

    def __init__(self, stored: Stored) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self._table = stored.load()

    def get_flight_info(
        self, context: fl.ServerCallContext, descriptor: fl.FlightDescriptor
    ) -> fl.FlightInfo:
        """Point to this server; what clients ask when they connect is refused."""
        del context
        if b"CommandStatementQuery" not in descriptor.command:
            raise NotImplementedError("only statements")
        endpoint = fl.FlightEndpoint(fl.Ticket(descriptor.command), [])
        return fl.FlightInfo(self._table.schema, descriptor, [endpoint], -1, -1)

    def do_get(self, context: fl.ServerCallContext, ticket: fl.Ticket) -> fl.FlightDataStream:
        """Send rows."""
        del context
        return fl.RecordBatchStream(self._asked(ticket.ticket))

    def _asked(self, statement: bytes) -> pa.Table:
        found = _ROWS.search(statement)
        return self._table.slice(0, int(found[1])) if found else self._table


if __name__ == "__main__":
    server = BareServer(Stored.of(int(sys.argv[1])))
    print(server.port, flush=True)
    server.serve()
