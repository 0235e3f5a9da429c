"""Where limno trace says that a process or a trace is opened without a file."""

import re

import pytest

from limnograph.cli.viewer_page import address


@pytest.mark.parametrize(
    ("uri", "page"),
    [
        ("http://lake.example:8080/base/", "http://lake.example:8080/base/perfetto/p"),
        ("https://lake.example", "https://lake.example/perfetto/p"),
        ("grpc://127.0.0.1:9482", "http://127.0.0.1:9481/perfetto/p"),
        ("grpc+tls://[::1]:9482", "https://[::1]:9481/perfetto/p"),
        ("grpc://lake.example:80", "<HTTP address of the service>/perfetto/p"),
        ("grpc://lake.example", "<HTTP address of the service>/perfetto/p"),
    ],
)
def test_the_http_door_of_the_service_that_was_asked_is_named(uri: str, page: str) -> None:
    """
    As far as it is known: a Flight door on another port than usual says nothing about it.
    """
    assert address(uri, "perfetto/p", None, None) == page


def test_the_page_shows_the_range_and_the_spans_that_were_asked_for() -> None:
    """
    A time that counts from now is a moment by then, as the page may be opened later.
    """
    found = address(
        "http://h", "perfetto/p", "10m", "2026-01-31T12:00:00.123456789Z", show="thread"
    )
    assert re.fullmatch(
        r"http://h/perfetto/p\?show=thread&begin=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.\d{9}Z"
        r"&end=2026-01-31T12%3A00%3A00\.123456789Z",
        found,
    )
