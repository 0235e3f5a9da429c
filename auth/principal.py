"""
Who is calling, whatever proved it: the one value that doors, tables and records ask.

Rule: a principal is made from a checked credential and from settings, never from what a request
says of itself.
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

from auth.errors import Forbidden

Role = Literal["reader", "writer", "admin"]
"""`reader` asks, `writer` sends, `admin` also runs what changes the lake, and mints keys."""

Kind = Literal["person", "service", "key", "anybody"]

ROLES: tuple[Role, ...] = get_args(Role)

Scope = Literal["ingest", "query", "admin"]
"""What an API key is for."""

ROLES_OF_SCOPES: dict[Scope, frozenset[Role]] = {
    "ingest": frozenset({"writer"}),
    "query": frozenset({"reader"}),
    "admin": frozenset({"reader", "admin"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """
    A caller.

    Attributes:
        subject: Stable id, unique for its issuer: a provider's `sub`, the id of an API key.
        issuer: Who vouches: the issuer's URL, ``limnograph`` for API keys; empty for anybody.
        kind: A person, a service with a token of a provider, an API key, or anybody.
        email: As a provider verified it; else empty.
        name: For people: of a person, of a key.
        roles: What may be done.
        scopes: What an API key is for; empty for others.
        write_audience: Audience of what is sent; None: the default one.
        read_audiences: Audiences of which may be read; None: all.
        may_delegate: It may say for which person it asks.
    """

    subject: str
    issuer: str
    kind: Kind
    write_audience: str | None
    read_audiences: tuple[str, ...] | None
    email: str = ""
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    scopes: tuple[Scope, ...] = ()
    may_delegate: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether functions of administrators are there."""
        return "admin" in self.roles

    @property
    def audiences(self) -> frozenset[str] | None:
        """Audiences whose telemetry may be read; None: all of them, as administrators may."""
        if self.read_audiences is None or self.is_admin:
            return None
        return frozenset(self.read_audiences)

    @property
    def is_known(self) -> bool:
        """Whether anything was proved; else it is anybody who reaches a door that has no login."""
        return self.kind != "anybody"

    def check(self, role: Role | None) -> None:
        """
        Return if the caller has *role*; None is whoever is let in at all.

        Raises:
            Forbidden: It has not.
        """
        if role is not None and role not in self.roles:
            held = ", ".join(sorted(self.roles)) or "no role"
            raise Forbidden(f"this needs the role {role}; the credential sent has {held}")


def anybody(*roles: Role) -> Principal:
    """Return who calls where there is no login."""
    return Principal(
        subject="",
        issuer="",
        kind="anybody",
        write_audience=None,
        read_audiences=None,
        roles=frozenset(roles),
    )
