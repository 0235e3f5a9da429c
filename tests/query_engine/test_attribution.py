"""Who a query says it comes from."""

from dataclasses import replace

import pytest

from auth.errors import Forbidden
from auth.principal import Principal
from query_engine.attribution import Attribution, attribution_of
from query_engine.headers import parse_headers
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


PERSON = Principal(
    write_audience=None,
    read_audiences=None,
    subject="ada",
    issuer="https://x",
    kind="person",
    email="ada@example.org",
    name="Ada",
)
KEY = Principal(
    subject="1",
    issuer="limnograph",
    kind="key",
    write_audience=None,
    read_audiences=None,
    name="grafana",
)


def test_who_asks_is_whom_the_credential_names():
    """
    With a login nothing has to be said, and what is said may repeat it.
    """
    wanted = {"user": "ada", "email": "ada@example.org", "name": "Ada", "service_account": None}
    for headers in ({}, {"x-user-id": "ada", "x-user-email": "ADA@example.org"}):
        who = attribution_of(headers, "::1", PERSON)
        assert {name: getattr(who, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "headers",
    [{"x-user-id": "eve"}, {"x-user-email": "eve@example.org"}, {"x-user-id": "ada%00"}],
    ids=["id", "address", "nearly"],
)
@pytest.mark.parametrize("principal", [PERSON, KEY], ids=["a person", "a key"])
def test_nobody_asks_for_another_unless_they_may_delegate(headers, principal):
    """
    The record of a query cannot be forged by a header.
    """
    with pytest.raises(Forbidden):
        attribution_of(headers, "::1", principal)


def test_a_key_that_may_delegate_asks_for_a_person():
    """
    The person stands in the record, and the key beside.
    """
    delegating = replace(KEY, may_delegate=True)
    who = attribution_of({"x-user-id": "eve", "x-user-name": "Eve"}, "::1", delegating)
    assert (who.user, who.email, who.name) == ("eve", "unknown", "Eve")
    assert who.service_account == "grafana"
    itself = attribution_of({}, "::1", delegating)
    assert (itself.user, itself.name, itself.service_account) == ("1", "grafana", "grafana")


def test_headers_of_proxies_that_check_credentials_mean_nothing_here():
    """
    What the reference's parts tell each other is not believed from anybody.
    """
    forged = {
        "x-auth-subject": "eve",
        "x-auth-email": "eve@example.org",
        "x-auth-issuer": "https://x",
        "x-allow-delegation": "true",
        "x-auth-is-admin": "true",
    }
    assert attribution_of(forged, "::1", PERSON) == attribution_of({}, "::1", PERSON)
    found = parse_headers(forged, "::1", PERSON)
    assert found.principal == PERSON
