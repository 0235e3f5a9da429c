"""
What every HTTP client's request has in common: its properties, its trace, what makes it a failure.

Of the address only scheme, host and path are kept: queries, fragments and passwords may be
anybody's secrets.
"""

from collections.abc import MutableMapping
from urllib.parse import urlsplit

from limnograph import faults
from limnograph.integrations.operation import Attributes, Names, Operation
from limnograph.integrations.server_request import method_attributes
from limnograph.propagation import inject
from limnograph.recorder import Metric

_KEPT = (
    "http.request.method",
    "http.response.status_code",
    "server.address",
    "server.port",
    "error.type",
)
_FAILED_FROM = 400
_PORTS = {"http": 80, "https": 443}


@faults.guarded
def begin(
    names: Names, duration: Metric, method: str, url: str, headers: MutableMapping[str, str]
) -> Operation:
    """
    Open the span of a request and tell the server about it.

    The *headers* get ``traceparent`` and ``tracestate``, unless the application has set its own.
    """
    attributes: Attributes = method_attributes(method)
    parts = urlsplit(url)
    attributes["url.full"] = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if parts.hostname:
        attributes["server.address"] = parts.hostname
    port = parts.port or _PORTS.get(parts.scheme)
    if port:
        attributes["server.port"] = port
    operation = Operation(names[attributes["http.request.method"]], duration, attributes)
    try:
        if "traceparent" not in headers:
            inject(headers)
    except Exception as exc:
        faults.count(exc)
    return operation


def finish(operation: Operation, status: int | None, failure: BaseException | None) -> None:
    """Close the span by status and exception: 400 and above, or an exception, is a failure."""
    if status is not None:
        operation.set({"http.response.status_code": status})
        if status >= _FAILED_FROM:
            operation.fail(str(status))
    operation.end(_KEPT, failure)
