"""The address of the page that opens a process or a trace in Perfetto's viewer, without a file."""

from urllib.parse import urlencode, urlsplit

FLIGHT_PORT, HTTP_PORT = 9482, 9481
"""The doors of a query service that was told nothing: beside the one is the other."""


def address(uri: str, path: str, begin: str | None, end: str | None, **asked: str) -> str:
    """
    Return where to open the page in a browser.

    Args:
        uri: Of the query service, by either door. From a Flight door on another port than usual
            nobody knows where the other is: then only the path is told.
        path: Of the page, without a slash before it.
        begin: Start of the time range, as it was given.
        end: End of the time range.
        asked: What else the page is asked for.
    """
    range_ = {"begin": _moment(begin), "end": _moment(end)}
    query = urlencode(asked | {name: text for name, text in range_.items() if text is not None})
    return f"{_http(uri)}/{path}" + (f"?{query}" if query else "")


def _http(uri: str) -> str:
    if uri.startswith("http"):
        return uri.rstrip("/")
    parts = urlsplit(uri)
    if parts.port != FLIGHT_PORT:
        return "<HTTP address of the service>"
    host = parts.hostname or ""
    scheme = "https" if parts.scheme.endswith("tls") else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{HTTP_PORT}"


def _moment(when: str | None) -> str | None:
    """Return a time as the door takes it, to the nanosecond; "10m" is counted from now."""
    from limnograph.client.times import rfc3339, unix_ns

    found = unix_ns(when)
    return None if found is None else rfc3339(found)
