"""
Every kind of credential that somebody may bring to a door, and what it should be worth there.

The matrix tests loop over `CREDENTIALS`; a new kind is one line.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auth.key_records import KeyRecords, KeyWish
from auth.key_text import new_key
from auth.principal import Role
from tests.auth.provider import Provider

READER: frozenset[Role] = frozenset({"reader"})
WRITER: frozenset[Role] = frozenset({"writer"})
ADMIN: frozenset[Role] = frozenset({"reader", "admin"})


@dataclass(frozen=True)
class Issuers:
    """What makes credentials: a provider that the doors trust, one that they do not, and keys."""

    provider: Provider
    stranger: Provider
    records: KeyRecords

    def key(self, *scopes: str, ends: datetime | None = None) -> str:
        """Return a new API key."""
        return self.records.mint(KeyWish(name="k", scopes=scopes, expires_at=ends), by="test")[0]

    def revoked(self) -> str:
        """Return a key of every scope that was revoked."""
        key, record = self.records.mint(
            KeyWish(name="k", scopes=("ingest", "query", "admin")), by="test"
        )
        self.records.revoke(record.key_id, by="test")
        return key


@dataclass(frozen=True)
class Kind:
    """
    A kind of credential.

    Attributes:
        make: Returns one; None is none.
        roles: What it is worth; None: it is no credential.
    """

    make: Callable[[Issuers], str | None]
    roles: frozenset[Role] | None = None


def _roles(*names: str) -> Callable[[Issuers], str]:
    return lambda i: i.provider.token(roles=list(names))


SETTINGS = {
    "default_roles": [],
    "roles_claim": "roles",
    "roles": {"r": ["reader"], "w": ["writer"], "a": ["admin"]},
}
"""What the roles of the provider's tokens mean, for `Issuer`."""

CREDENTIALS: Mapping[str, Kind] = {
    "none": Kind(lambda _: None),
    "garbage": Kind(lambda _: "garbage"),
    "expired": Kind(lambda i: i.provider.token(roles=["a", "w"], exp=int(time.time()) - 120)),
    "not yet valid": Kind(lambda i: i.provider.token(roles=["a", "w"], nbf=int(time.time()) + 600)),
    "wrong issuer": Kind(lambda i: i.stranger.token(roles=["a", "w"])),
    "claims our issuer": Kind(lambda i: i.stranger.token(roles=["a"], iss=i.provider.issuer)),
    "wrong audience": Kind(lambda i: i.provider.token(roles=["a", "w"], aud="another")),
    "alg none": Kind(lambda i: i.provider.without_signature()),
    "HS256 public key": Kind(lambda i: i.provider.signed_with_the_public_key()),
    "another's signature": Kind(lambda i: i.provider.of_another_key()),
    "unknown kid": Kind(lambda i: i.provider.of_an_unknown_key()),
    "key of nobody": Kind(lambda _: new_key()),
    "revoked key": Kind(lambda i: i.revoked()),
    "ended key": Kind(
        lambda i: i.key("ingest", "query", ends=datetime.now(UTC) - timedelta(hours=1))
    ),
    "token, no role": Kind(_roles(), frozenset()),
    "token, reader": Kind(_roles("r"), READER),
    "token, writer": Kind(_roles("w"), WRITER),
    "token, admin": Kind(_roles("a"), ADMIN),
    "query key": Kind(lambda i: i.key("query"), READER),
    "ingest key": Kind(lambda i: i.key("ingest"), WRITER),
    "admin key": Kind(lambda i: i.key("admin"), ADMIN),
}


def expected(needs: str, kind: Kind) -> str:
    """Return what a door should say: ``open``, ``unknown`` (401) or ``forbidden`` (403)."""
    if needs == "open":
        return "open"
    if kind.roles is None:
        return "unknown"
    return "open" if needs == "known" or needs in kind.roles else "forbidden"


Answers = dict[str, str]
"""What a door says to each kind of credential."""


def expected_of(needs: str) -> Answers:
    """Return what a door that needs that should say to each kind."""
    return {name: expected(needs, kind) for name, kind in CREDENTIALS.items()}
