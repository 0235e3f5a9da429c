"""Queries over Arrow Flight: the SQL is a ticket, range and id are headers."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import flight

from limnograph.client.door import Answer, Query, Stop, Target
from limnograph.client.errors import QueryError
from limnograph.client.flight_errors import FAILURES, Trailers, translated
from limnograph.client.flight_sql import fields_of, packed, statement_ticket, unpacked
from limnograph.client.headers import query_headers
from limnograph.client.limits import CALL_SECONDS_MAX
from limnograph.client.parameters import as_batch
from limnograph.client.tls import machine_certificates

CANCEL, PROGRESS = "limnograph.CancelQuery", "limnograph.QueryProgress"

_OPTIONS = (
    # A service that restarts is found again soon, not after gRPC's seconds and minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.max_metadata_size", 64 * 1024),
)


class FlightDoor:
    """One Flight connection, shared by the threads of the process."""

    def __init__(self, target: Target) -> None:
        self._uri, self._authorize = target.uri, target.authorize
        self._trailers = Trailers()
        secure: dict[str, Any] = {}
        if target.uri.startswith("grpc+tls"):
            secure["tls_root_certs"] = target.tls_ca or machine_certificates()
            secure["disable_server_verification"] = not target.tls_verify
        try:
            self._client = flight.FlightClient(
                target.uri, middleware=[self._trailers], generic_options=list(_OPTIONS), **secure
            )
        except FAILURES as exc:
            raise translated(exc, self._uri, {}) from exc

    def run(self, query: Query, stop: Stop) -> Answer:
        """Send the query; see ``Door``."""
        stop.use(lambda: self.cancel(query.query_id))
        headers = query_headers(query)
        options = self._options(headers)
        try:
            if query.params is None:
                ticket, handle = flight.Ticket(statement_ticket(query.sql)), None
            else:
                ticket, handle = self._prepared(query, options)
            try:
                reader = self._client.do_get(ticket, options)
            except FAILURES:
                self._closed(handle)
                raise
            stop.use(reader.cancel)
            return Answer(reader.schema, self._batches(reader, handle))
        except FAILURES as exc:
            raise self._translated(exc) from exc

    def cancel(self, query_id: str) -> bool:
        """Stop a query; see ``Door``."""
        action = flight.Action(CANCEL, query_id.encode())
        try:
            results = list(self._client.do_action(action, self._options({}, CALL_SECONDS_MAX)))
            return bool(json.loads(results[0].body.to_pybytes())["cancelled"])
        except FAILURES as exc:
            raise self._translated(exc) from exc
        except (IndexError, TypeError) as exc:
            raise QueryError("internal", "the service does not say whether it cancelled") from exc

    def progress(self, query_id: str) -> Iterator[Mapping[str, Any]]:
        """Yield what is known of a query; see ``Door``."""
        action = flight.Action(PROGRESS, query_id.encode())
        try:
            for result in self._client.do_action(action, self._options({})):
                yield json.loads(result.body.to_pybytes())
        except FAILURES as exc:
            raise self._translated(exc) from exc

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _prepared(
        self, query: Query, options: flight.FlightCallOptions
    ) -> tuple[flight.Ticket, bytes]:
        """Bind the parameters of a query; return its ticket, and the handle to close."""
        assert query.params is not None, "asked for parameters only"
        batch = as_batch(query.params, query.zone)
        made = self._action("CreatePreparedStatement", "ActionCreatePreparedStatementRequest",
                            query.sql.encode(), options)  # fmt: skip
        handle = unpacked(made)[1]
        try:
            command = packed("CommandPreparedStatementQuery", {1: handle})
            descriptor = flight.FlightDescriptor.for_command(command)
            writer, reader = self._client.do_put(descriptor, batch.schema, options)
            with writer:
                writer.write_batch(batch)
                writer.done_writing()
                said = reader.read()
            if said is not None:
                bound = fields_of(said.to_pybytes()).get(1) or handle
                command = packed("CommandPreparedStatementQuery", {1: bound})
                descriptor = flight.FlightDescriptor.for_command(command)
            return self._client.get_flight_info(descriptor, options).endpoints[0].ticket, handle
        except FAILURES:
            self._closed(handle)
            raise

    def _closed(self, handle: bytes | None) -> None:
        """Let go of a prepared statement; one that is left goes away by itself."""
        if handle is None:
            return
        kind = "ClosePreparedStatement"
        said = dict(self._trailers.said)
        try:
            self._action(kind, f"Action{kind}Request", handle, self._options({}, CALL_SECONDS_MAX))
        except FAILURES:
            return
        finally:
            self._trailers.restore(said)

    def _action(
        self, kind: str, message: str, content: bytes, options: flight.FlightCallOptions
    ) -> bytes:
        action = flight.Action(kind, packed(message, {1: content}))
        results = [result.body.to_pybytes() for result in self._client.do_action(action, options)]
        return results[0] if results else b""

    def _batches(
        self, reader: flight.FlightStreamReader, handle: bytes | None
    ) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                try:
                    batch = reader.read_chunk().data
                except StopIteration:
                    break
                if batch is not None:
                    yield batch
        except FAILURES as exc:
            raise self._translated(exc) from exc
        finally:
            self._closed(handle)

    def _options(
        self, headers: Mapping[str, str], timeout_s: float | None = None
    ) -> flight.FlightCallOptions:
        authorization = self._authorize()
        if authorization:
            headers = {**headers, "authorization": authorization}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        return flight.FlightCallOptions(timeout=timeout_s, headers=pairs)

    def _translated(self, exc: BaseException) -> QueryError:
        return translated(exc, self._uri, self._trailers.said)
