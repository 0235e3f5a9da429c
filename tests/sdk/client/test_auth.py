"""Who asks: tokens, passwords, and tokens that are renewed."""

import base64
from typing import Any

import pytest

import limnograph
from limnograph.client import AccessDenied, QueryError
from limnograph.client.auth import authorization
from query_engine.service import QueryService


class Renewed:
    """Hands out another token each time, as a library of a cloud does."""

    def __init__(self) -> None:
        self.asked = 0

    def get_token(self) -> Any:
        self.asked += 1
        return type("AccessToken", (), {"token": f"t{self.asked}"})()


BASIC = "Basic " + base64.b64encode(b"ada:s3cret").decode()


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (None, None),
        ("abc", "Bearer abc"),
        (" abc\n", "Bearer abc"),
        ("Bearer abc", "Bearer abc"),
        (("ada", "s3cret"), BASIC),
        (lambda: "made", "Bearer made"),
        (Renewed(), "Bearer t1"),
    ],
)
def test_everything_that_says_who_asks_becomes_a_header(auth: Any, expected: str | None) -> None:
    """
    A token, a password, something that hands out tokens.
    """
    assert authorization(auth)() == expected


@pytest.mark.parametrize("auth", [5, ("a",), ("a", "b", "c"), ("a", 1), "", "a\nb", "é"])
def test_what_says_nothing_is_refused_without_showing_it(auth: Any) -> None:
    """
    A secret never stands in an error.
    """
    with pytest.raises(QueryError) as caught:
        authorization(auth)
    assert caught.value.code == "client"
    assert "\n" not in caught.value.text
    assert "é" not in caught.value.text


def test_a_token_that_cannot_be_had_is_access_denied(http_uri: str) -> None:
    """
    With the reason of whoever should have made it.
    """

    def fails() -> str:
        raise OSError("the login page is down")

    with (
        limnograph.connect(http_uri, auth=fails) as lake,
        pytest.raises(AccessDenied, match="no token: OSError: the login page is down"),
    ):
        lake.query("SELECT 1")


@pytest.mark.parametrize("door", ["flight_uri", "http_uri"])
def test_a_token_is_asked_for_at_every_call(
    door: str, request: pytest.FixtureRequest, service: QueryService
) -> None:
    """
    So that one that expires is renewed in time.
    """
    renewed = Renewed()
    with limnograph.connect(request.getfixturevalue(door), auth=renewed) as lake:
        for _ in range(3):
            lake.query("SELECT 1 AS one").arrow()
    assert renewed.asked == 3


def test_one_way_to_say_who_asks_is_enough() -> None:
    """
    Two are a mistake: which would count?
    """
    with pytest.raises(QueryError, match="give one"):
        limnograph.connect("grpc://127.0.0.1:9", auth="a", api_key="b")


@pytest.mark.parametrize(
    ("option", "value"), [("timeout", 0), ("timeout", -1.0), ("tz", "Mars/Base"), ("tz", "../x")]
)
def test_an_option_that_cannot_be_used_is_refused_where_it_is_given(
    option: str, value: Any
) -> None:
    """
    Not at the first query.
    """
    with pytest.raises(QueryError, match=option):
        limnograph.connect("grpc://127.0.0.1:9", **{option: value})
