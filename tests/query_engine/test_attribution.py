"""Who a query says it comes from."""

import pytest

from query_engine.attribution import Attribution, attribution_of
from query_engine.limits import ATTRIBUTION_CHARS_MAX


def test_a_caller_that_says_nothing_is_known_by_its_address():
    """
    Every label is ``unknown``, what is optional is absent.
    """
    assert attribution_of({}, "127.0.0.1") == Attribution(client_ip="127.0.0.1")


def test_all_headers_of_the_reference_are_read():
    """
    Labels as they are, names of people percent-decoded.
    """
    headers = {
        "x-client-type": "python",
        "x-client-agent": "none",
        "x-client-entrypoint": "jupyter",
        "x-client-session": "s-1",
        "x-client-notebook": "on call.ipynb",
        "x-client-cell": "3",
        "x-user-id": "ada",
        "x-user-email": "ada%40example.org",
        "x-user-name": "Ada%20L%C3%B6velace",
    }
    assert attribution_of(headers, "::1") == Attribution(
        "::1", "python", "none", "jupyter", "s-1", "on call.ipynb", "3",
        "ada", "ada@example.org", "Ada L\u00f6velace",
    )  # fmt: skip


@pytest.mark.parametrize("label", ["", "  ", "x" * (ATTRIBUTION_CHARS_MAX + 1), "a\nb", "\u00fc"])
def test_a_label_that_is_no_short_printable_text_counts_as_none(label):
    """
    What cannot be a label is not cut into one.
    """
    assert attribution_of({"x-client-type": label, "x-client-cell": label}, "") == Attribution()


def test_a_long_name_is_cut_and_broken_bytes_are_shown_as_such():
    """
    Names are for people; losing a query to one would be worse.
    """
    who = attribution_of({"x-user-id": "u" * 500, "x-user-name": "%ff"}, "")
    assert (len(who.user), who.name) == (ATTRIBUTION_CHARS_MAX, "\ufffd")


@pytest.mark.parametrize(
    ("headers", "address", "told"),
    [
        ({"x-forwarded-for": "10.0.0.1, 10.0.0.2"}, "127.0.0.1", "10.0.0.2"),
        ({"x-forwarded-for": "me", "x-real-ip": "10.0.0.3"}, "127.0.0.1", "10.0.0.3"),
        ({"x-real-ip": "nobody"}, "[::1]", "::1"),
        ({}, "a path", "unknown"),
    ],
)
def test_the_address_is_the_first_that_is_one(headers, address, told):
    """
    The proxy nearest to us is believed, then the connection.
    """
    assert attribution_of(headers, address).client_ip == told
