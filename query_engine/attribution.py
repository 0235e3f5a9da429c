"""
Who a query says it comes from: client program, notebook, person, address.

The headers are those of the reference (`x-client-*`, `x-user-*`), the same on both doors; it is
written beside each query, and who may ask what is decided elsewhere.

Rule: which person asks is what the credential proves. A header may repeat it; another person's
name is believed from an API key that may delegate, whose own name then stands beside, and refused
from all others. Only where there is no login everybody is who they say.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from auth.errors import Forbidden
from auth.principal import Principal
from query_engine.callers import EVERYBODY
from query_engine.limits import ATTRIBUTION_CHARS_MAX

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attribution:
    """
    What a caller says of itself; ``unknown`` where it says nothing.

    Attributes:
        client_ip: Address of the caller, as proxies in front tell it.
        client: Kind of client: ``python``, ``web``, ``grafana``.
        agent: Program that acts for a person, if one does.
        entrypoint: How the client was started: ``jupyter``, ``cli-query``.
        session: Groups the queries of one session; None when not told, as the following.
        user: Stable id of the person, or of the service that asks for itself.
        service_account: Name of the API key that asks, for itself or for a person; else None.
    """

    client_ip: str = UNKNOWN
    client: str = UNKNOWN
    agent: str = UNKNOWN
    entrypoint: str = UNKNOWN
    session: str | None = None
    notebook: str | None = None
    cell: str | None = None
    user: str = UNKNOWN
    email: str = UNKNOWN
    name: str | None = None
    service_account: str | None = None


NOBODY = Attribution()
"""A caller that says nothing of itself."""


def attribution_of(
    headers: Mapping[str, str], address: str, principal: Principal = EVERYBODY
) -> Attribution:
    """
    Read the headers of a call.

    Args:
        headers: By lower-case name; of several lines of a name the last.
        address: Where the connection comes from.
        principal: Who the caller is.

    Raises:
        Forbidden: The caller says to be somebody else, and may not.
    """
    person = _asker(headers, principal)
    return Attribution(
        client_ip=_client_ip(headers, address),
        client=_label(headers, "x-client-type") or UNKNOWN,
        agent=_label(headers, "x-client-agent") or UNKNOWN,
        entrypoint=_label(headers, "x-client-entrypoint") or UNKNOWN,
        session=_label(headers, "x-client-session"),
        notebook=_label(headers, "x-client-notebook"),
        cell=_label(headers, "x-client-cell"),
        user=person.subject or UNKNOWN,
        email=person.email or UNKNOWN,
        name=person.name or None,
        service_account=principal.name if principal.kind == "key" else None,
    )


def _asker(headers: Mapping[str, str], principal: Principal) -> Principal:
    """Return who asks, after all: the caller, or the person behind it."""
    told, email, name = (_person(headers, f"x-user-{what}") for what in ("id", "email", "name"))
    if not principal.is_known or (principal.may_delegate and (told or email or name)):
        return replace(principal, subject=told or "", email=email or "", name=name or "")
    other = email is not None and email.casefold() != principal.email.casefold()
    if (told is not None and told != principal.subject) or other:
        raise Forbidden(
            "x-user-id or x-user-email names somebody else than the credential does: only an API "
            "key that may delegate asks for others"
        )
    return principal


def _label(headers: Mapping[str, str], name: str) -> str | None:
    """Return a short printable text; None for anything else."""
    text = headers.get(name, "").strip()
    fine = text.isascii() and text.isprintable() and len(text) <= ATTRIBUTION_CHARS_MAX
    return text if text and fine else None


def _person(headers: Mapping[str, str], name: str) -> str | None:
    """Return a percent-encoded text, cut."""
    text = unquote(headers.get(name, "").strip(), errors="replace")
    return text[:ATTRIBUTION_CHARS_MAX] or None


def _client_ip(headers: Mapping[str, str], address: str) -> str:
    """Return the first of what proxies and the connection tell that is an address."""
    forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2]
    for told in (forwarded, headers.get("x-real-ip", ""), address):
        try:
            return str(ipaddress.ip_address(told.strip().strip("[]")))
        except ValueError:
            continue
    return UNKNOWN
