"""
What every HTTP server's request has in common: its properties, its trace, what makes it a failure.

Kept out on purpose: query strings, bodies and all headers but Host and User-Agent, as what people
send there is theirs.
"""

from collections.abc import Mapping

from limnograph import faults, propagation
from limnograph.integrations.exceptions import exception_properties
from limnograph.integrations.operation import Attributes, Operation
from limnograph.recorder import Metric, Span

_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_KEPT = (
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "url.scheme",
    "error.type",
)
_FAILED_FROM = 500


def attributes(
    *,
    method: str,
    path: str,
    scheme: str,
    host: str,
    client: str | None,
    user_agent: str | None,
    version: str | None,
) -> Attributes:
    """Return what is known when a request arrives."""
    found: Attributes = {**method_attributes(method), "url.path": path, "url.scheme": scheme}
    address, port = split_host(host)
    if address:
        found["server.address"] = address
    if port:
        found["server.port"] = port
    if client:
        found["client.address"] = client
    if user_agent:
        found["user_agent.original"] = user_agent
    if version:
        found["network.protocol.version"] = version
    return found


def begin(
    known: Span, duration: Metric | None, given: Attributes, headers: Mapping[str, str]
) -> Operation:
    """Open the span, in the trace that *headers* name (in lower case) if they name one."""
    remote = propagation.extract(headers) if "traceparent" in headers else None
    return Operation(known, duration, given, remote, "server")


def finish(operation: Operation, status: int, failure: BaseException | None) -> None:
    """Close the span by status and exception: 500 and above, or an exception, is a failure."""
    if failure is not None:
        if not status:
            status = _FAILED_FROM
        _keep(operation, failure)
    if status:
        operation.set({"http.response.status_code": status})
    if status >= _FAILED_FROM and failure is None:
        operation.fail(str(status))
    operation.end(_KEPT, failure)


@faults.guarded
def _keep(operation: Operation, failure: BaseException) -> None:
    operation.set(exception_properties(failure))


def method_attributes(method: str) -> Attributes:
    """Return the method; one that no standard knows is ``_OTHER``, as anybody can invent more."""
    if method in _METHODS:
        return {"http.request.method": method}
    return {"http.request.method": "_OTHER", "http.request.method_original": method}


def split_host(host: str) -> tuple[str, int | None]:
    """Return name and port of a Host header; IPv6 addresses without their brackets."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal():
        name, port = host, ""
    return name.strip("[]"), int(port) if port else None
