"""
The Export methods of OTLP's three services, from the bytes of a call to those of its answer.

Rule: no message is made into objects; a body goes to `split` as over HTTP.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

import grpc
from grpc import StatusCode, aio

from assets.errors import LakeError, Overloaded
from auth.authenticator import AsyncAuthenticator
from auth.credential import AUTHORIZATION
from auth.principal import Principal, Role
from ingest_api.grpc.message import decompressed, read_message
from ingest_api.grpc.reads import Reads
from ingest_api.grpc.status import Failure, failure_of
from ingest_api.limits import GRPC_CALLS_MAX
from ingest_api.observation import log_request
from ingest_api.otlp.answers import FAULT, response_message
from ingest_api.otlp.deliveries import HEADER, told_apart
from ingest_api.otlp.split import split
from ingest_api.receiver import Receiver
from ingest_api.storing import beside, store

Context = aio.ServicerContext[Any, Any]

SIGNALS = {
    f"/opentelemetry.proto.collector.{package}.v1.{service}/Export": signal
    for signal, package, service in (
        ("logs", "logs", "LogsService"),
        ("metrics", "metrics", "MetricsService"),
        ("traces", "trace", "TraceService"),
    )
}
"""Paths of the methods, and what each takes in."""

NEEDS: dict[str, Role] = dict.fromkeys(SIGNALS, "writer")
"""What each method wants of its caller; one that is not there is told so to known callers only."""

_PROFILES = "/opentelemetry.proto.collector.profiles."
_TAKEN_IN = "logs, metrics and traces are taken in, by Export of OTLP's services of these names"

logger = logging.getLogger(__name__)


class Exports(grpc.GenericRpcHandler):
    """Answers every call of every method, known or not."""

    def __init__(self, receiver: Receiver, senders: AsyncAuthenticator) -> None:
        self._receiver, self._senders = receiver, senders
        self._reads = Reads()
        self._calls = 0

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        """
        Return the handler of a method.

        It is one of a stream of requests, as the same on the wire: so the message is not read
        before there is room for it.
        """
        return grpc.stream_unary_rpc_method_handler(self._handler(handler_call_details.method))

    def _handler(self, path: str) -> Callable[[object, Context], Any]:
        async def answer(_: object, context: Context) -> bytes:
            facts: dict[str, object] = {}
            status = StatusCode.CANCELLED  # the sender went away, or its deadline passed
            begin = time.perf_counter()
            self._calls += 1
            try:
                reply = await self._answer(path, context, facts)
                if isinstance(reply, Failure):
                    status = reply.code
                    await context.abort(reply.code, reply.text, reply.metadata)
                status = StatusCode.OK
                return reply
            finally:
                self._calls -= 1
                self._observe(path, context, status.name, time.perf_counter() - begin, facts)

        return answer

    def _observe(
        self, path: str, context: Context, status: str, seconds: float, facts: dict[str, object]
    ) -> None:
        route = path if path in SIGNALS else "other"
        self._receiver.metrics.request_answered(route, status, seconds)
        log_request(_address(context.peer()), ("gRPC", path), status, seconds, facts)

    async def _answer(
        self, path: str, context: Context, facts: dict[str, object]
    ) -> bytes | Failure:
        """Return the response message of a call, or how it fails."""
        try:
            sender = await self._let_in(path, context, facts)
            if path not in SIGNALS:
                what = (
                    "profiles are not taken in"
                    if path.startswith(_PROFILES)
                    else f"no {path[:200]}"
                )
                return Failure(StatusCode.UNIMPLEMENTED, f"{what}: {_TAKEN_IN}")
            return await self._store(SIGNALS[path], context, facts, sender)
        except LakeError as exc:
            facts |= {"error": exc.code, "message": str(exc)}
            return failure_of(exc)
        except Exception:
            logger.exception("a call of %s failed", path)
            return Failure(StatusCode.UNAVAILABLE, FAULT)

    async def _let_in(self, path: str, context: Context, facts: dict[str, object]) -> Principal:
        """
        Return who calls, if they may.

        Raises:
            Unauthenticated, Forbidden: They may not.
            ProviderUnavailable, Overloaded: It cannot be known now.
        """
        if self._calls > GRPC_CALLS_MAX:
            raise _too_many()
        values = [
            value for key, value in context.invocation_metadata() or () if key == AUTHORIZATION
        ]
        principal = await self._senders.authenticate(values)
        if principal.is_known:
            facts["caller"] = principal.name or principal.subject
        principal.check(NEEDS.get(path))
        return principal

    async def _store(
        self, signal: str, context: Context, facts: dict[str, object], sender: Principal
    ) -> bytes:
        """Read the message of a call, and return the answer when what it holds is durable."""
        receiver = self._receiver
        with receiver.in_flight.reservation() as reservation:
            async with self._reads.turn():
                sent = await read_message(context, receiver.settings, reservation)
            body = await decompressed(sent, receiver.settings, reservation)
            bytes_max = receiver.settings.payload_bytes_max
            parse = partial(split, extra=told_apart(_number(context)))
            found = await beside(parse, signal, body, bytes_max, size=len(body))
            outcomes = await store(receiver, found.submissions, len(sent), sender)
        facts["accepted"] = sum(outcome.accepted for outcome in outcomes)
        facts["duplicates"] = sum(outcome.duplicates for outcome in outcomes)
        facts["refused"] = found.refused
        facts |= receiver.metrics.odd(found.repaired, found.odd_ids)
        return response_message(found.refused, found.reason)


def _too_many() -> Overloaded:
    return Overloaded(f"more than grpc_calls_max = {GRPC_CALLS_MAX} calls at once: send this again")


def _number(context: Context) -> str | bytes | None:
    """Return the number that the sender gave the call."""
    return next((text for key, text in context.invocation_metadata() or () if key == HEADER), None)


def _address(peer: str) -> str:
    """Return the address in gRPC's words for a client: ``ipv4:127.0.0.1:50000``."""
    return unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]")
