"""What claims mean, by the settings of their issuer."""

from typing import Any

import pytest

from auth.claims import principal_of
from auth.errors import Unauthenticated
from auth.principal import Principal
from auth.settings import Issuer


def principal(settings: dict[str, Any], **claims: Any) -> Principal:
    issuer = Issuer(issuer="https://id.example.org", audience="limno", **settings)
    return principal_of(claims, claims.get("sub", "ada"), issuer)


def test_roles_are_read_where_the_settings_say() -> None:
    """
    Groups of a provider become roles; what is not named means nothing.
    """
    settings = {
        "roles_claim": "realm_access.roles",
        "roles": {"sre": ["reader", "writer"], "boss": ["admin"]},
        "default_roles": [],
    }
    assert principal(settings, realm_access={"roles": ["sre", "x"]}).roles == {"reader", "writer"}
    assert principal(settings, realm_access={"roles": ["boss"]}).roles == {"reader", "admin"}
    assert principal(settings, realm_access={"roles": "sre"}).roles == {"reader", "writer"}
    assert principal(settings, realm_access="sre").roles == set()
    assert principal(settings).roles == set()


def test_a_claim_whose_name_is_a_url_is_found() -> None:
    """
    Some providers only add claims that are named like that.
    """
    settings = {"roles_claim": "https://example.org/roles", "roles": {"w": ["writer"]}}
    assert principal(settings, **{"https://example.org/roles": ["w"]}).roles == {"reader", "writer"}


def test_administrators_are_named_by_subject_or_verified_address() -> None:
    """
    An address that the provider has not verified makes nobody an administrator.
    """
    settings = {"admins": ["root-subject", "ada@example.org"]}
    assert principal(settings, sub="root-subject").is_admin
    assert principal(settings, email="ada@example.org", email_verified=True).is_admin
    assert not principal(settings, email="ada@example.org").is_admin
    assert not principal(settings, email="ada@example.org", email_verified="true").is_admin
    assert not principal(settings, name="ada@example.org").is_admin


def test_a_token_that_a_client_got_for_itself_is_a_service() -> None:
    """
    Records tell people from programs.
    """
    assert principal({}, sub="job", azp="job").kind == "service"
    assert principal({}, sub="job@clients", azp="job").kind == "service"
    assert principal({}, sub="ada", azp="web").kind == "person"
    assert principal({}, sub="ada").kind == "person"


def test_audiences_are_all_unless_a_claim_says_which() -> None:
    """
    Where a claim is set, one that is missing opens no audience instead of all.
    """
    settings = {"read_audiences_claim": "teams", "write_audience_claim": "team"}
    assert principal({}).read_audiences is None
    found = principal(settings, teams=["a", "b"], team="a")
    assert (found.read_audiences, found.write_audience) == (("a", "b"), "a")
    assert principal(settings, team="a").read_audiences == ()
    with pytest.raises(Unauthenticated):
        principal(settings, teams=["a"])
    with pytest.raises(Unauthenticated):
        principal(settings, teams=[str(n) for n in range(101)], team="a")


def test_an_api_key_never_gets_more_than_its_scopes() -> None:
    """
    Delegation is for keys that were made for it; no token brings it.
    """
    assert not principal({}, may_delegate=True, x_allow_delegation=True).may_delegate
