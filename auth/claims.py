"""What the claims of a checked token mean here, by the settings of its issuer."""

from collections.abc import Iterator, Mapping
from typing import Any

from auth.errors import Unauthenticated
from auth.limits import AUDIENCE_CHARS_MAX, AUDIENCES_MAX
from auth.principal import Kind, Principal, Role
from auth.settings import Issuer


def principal_of(claims: Mapping[str, Any], subject: str, issuer: Issuer) -> Principal:
    """
    Return whose claims they are.

    Raises:
        Unauthenticated: A claim of audiences is there and cannot be read.
    """
    email = _email(claims)
    return Principal(
        subject=subject,
        issuer=issuer.issuer,
        kind=_kind(claims, subject),
        email=email,
        name=_text(claims.get("name")) or _text(claims.get("preferred_username")),
        roles=_roles(claims, issuer, subject, email),
        write_audience=_write_audience(claims, issuer),
        read_audiences=_read_audiences(claims, issuer),
    )


def _roles(claims: Mapping[str, Any], issuer: Issuer, subject: str, email: str) -> frozenset[Role]:
    roles: set[Role] = set(issuer.default_roles)
    for name in _names(_claim(claims, issuer.roles_claim)):
        roles.update(issuer.roles.get(name, ()))
    if subject in issuer.admins or (email and email in issuer.admins):
        roles.add("admin")
    if "admin" in roles:
        roles.add("reader")
    return frozenset(roles)


def _kind(claims: Mapping[str, Any], subject: str) -> Kind:
    """Return what the caller is: a token that a client got for itself is a service's."""
    client = _text(claims.get("azp")) or _text(claims.get("client_id"))
    own = client and subject in {client, f"{client}@clients"}
    return "service" if own or claims.get("gty") == "client-credentials" else "person"


def _email(claims: Mapping[str, Any]) -> str:
    """Return the address if the provider vouches for it; anybody can claim another's."""
    return _text(claims.get("email")) if claims.get("email_verified") is True else ""


def _read_audiences(claims: Mapping[str, Any], issuer: Issuer) -> tuple[str, ...] | None:
    """Return what may be read; where a claim says it, one that is missing says nothing may."""
    if not issuer.read_audiences_claim:
        return None
    found = tuple(dict.fromkeys(_names(_claim(claims, issuer.read_audiences_claim))))
    if len(found) > AUDIENCES_MAX or any(len(one) > AUDIENCE_CHARS_MAX for one in found):
        raise Unauthenticated(
            f"the token names more than AUDIENCES_MAX = {AUDIENCES_MAX} audiences"
        )
    return found


def _write_audience(claims: Mapping[str, Any], issuer: Issuer) -> str | None:
    if not issuer.write_audience_claim:
        return None
    found = list(_names(_claim(claims, issuer.write_audience_claim)))
    if len(found) != 1 or len(found[0]) > AUDIENCE_CHARS_MAX:
        raise Unauthenticated(
            f"the token does not name one audience to write to ({issuer.write_audience_claim})"
        )
    return found[0]


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, else by the path that its name is."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split(".") if path else ():
        found = found.get(part) if isinstance(found, Mapping) else None
    return None if found is claims else found


def _names(value: Any) -> Iterator[str]:
    """Yield the names in a claim: a list of them, or words with spaces between."""
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str) and one)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
