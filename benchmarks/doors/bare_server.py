"""
The peer: a pyarrow Flight server that holds the table in memory and does nothing else.

It answers any statement with the whole table, with the fastest stream that the library has.
"""

import sys

import pyarrow.flight as fl

from benchmarks.doors.table import Stored


class BareServer(fl.FlightServerBase):  # type: ignore[misc]
    """One table, whatever the SQL says."""

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
        endpoint = fl.FlightEndpoint(fl.Ticket(b"all"), [])
        return fl.FlightInfo(self._table.schema, descriptor, [endpoint], -1, -1)

    def do_get(self, context: fl.ServerCallContext, ticket: fl.Ticket) -> fl.FlightDataStream:
        """Send the table."""
        del context, ticket
        return fl.RecordBatchStream(self._table)


if __name__ == "__main__":
    server = BareServer(Stored.of(int(sys.argv[1])))
    print(server.port, flush=True)
    server.serve()
