"""How issuers are set, and what cannot be set."""

import json

import pytest

from assets.storage.settings import WrongSettings
from auth.settings import AuthSettings

GOOD = {"issuer": "https://id.example.org", "audience": "limno"}


def test_issuers_are_a_list_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One variable has all of them, as the same list stands in the settings file.
    """
    monkeypatch.setenv("LIMNO_AUTH_ISSUERS", json.dumps([GOOD, GOOD | {"roles_claim": "groups"}]))
    first, second = AuthSettings().issuers
    assert (first.issuer, first.default_roles) == ("https://id.example.org", ("reader",))
    assert second.roles_claim == "groups"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nonsense", "not JSON"),
        ("{}", "no list"),
        ("[1]", "object"),
        (json.dumps([{"issuer": "https://id.example.org"}]), "audience"),
        (json.dumps([GOOD | {"audience": ""}]), "audience"),
        (json.dumps([GOOD | {"issuer": "http://id.example.org"}]), "https://"),
        (json.dumps([GOOD | {"issuer": "id.example.org"}]), "https://"),
        (json.dumps([GOOD | {"jwks_uri": "http://id.example.org/keys"}]), "jwks_uri"),
        (json.dumps([GOOD | {"roles": {"a": ["owner"]}, "roles_claim": "x"}]), "roles"),
        (json.dumps([GOOD | {"roles": {"a": ["reader"]}}]), "roles_claim"),
        (json.dumps([GOOD | {"admin": ["ada"]}]), "admin"),
    ],
    ids=[
        *("no JSON", "no list", "no object", "no audience", "empty audience", "no TLS", "no URL"),
        *("keys without TLS", "unknown role", "roles from nowhere", "misspelt"),
    ],
)
def test_a_wrong_issuer_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    """
    A mistake in who may come in stops the service, and says what is wrong.
    """
    monkeypatch.setenv("LIMNO_AUTH_ISSUERS", value)
    with pytest.raises(WrongSettings, match="LIMNO_AUTH_ISSUERS") as caught:
        AuthSettings()
    assert said in str(caught.value)


def test_a_provider_on_this_machine_needs_no_tls() -> None:
    """
    For tests and trials.
    """
    assert AuthSettings(issuers=[GOOD | {"issuer": "http://127.0.0.1:8080/realm"}]).issuers
