"""
Which service is meant, and as whom: what ``connect`` is given, the environment, profiles.

Rule: a key goes to the service that it is kept for. A profile that is asked for by name is used as
it is, whatever the environment says; an address that is given takes nothing from a profile.
"""

import os
from collections.abc import Mapping
from dataclasses import replace

from limnograph.client import checked
from limnograph.client.auth import Auth, authorization
from limnograph.client.door import Door, Target
from limnograph.client.errors import QueryError
from limnograph.client.profiles import PROFILE_VARIABLE, Profile, load
from limnograph.client.tls import certificates


def target_of(
    place: str | None,
    *,
    auth: Auth = None,
    api_key: str | None = None,
    tls_ca: str | None = None,
    tls_verify: bool | None = None,
    timeout: float | None = None,
    environ: Mapping[str, str] | None = None,
) -> Target:
    """
    Return the service at *place*, an address or the name of a profile.

    Raises:
        QueryError: It is neither, or something that it needs cannot be used.
    """
    if auth is not None and api_key is not None:
        raise QueryError("client", "auth and api_key are two ways to say who asks: give one")
    if place and "@" in place:
        raise QueryError("client", "an address holds no password: give auth=(user, password)")
    found = dict(os.environ if environ is None else environ)
    if place and any(sign in place for sign in ":/."):
        found.pop(PROFILE_VARIABLE, None)
        profile = load(uri=place, api_key=api_key, environ=found)
    else:
        profile = load(place, api_key=api_key, environ=found)
    given = replace(
        profile,
        tls_ca=tls_ca or profile.tls_ca,
        tls_verify=profile.tls_verify if tls_verify is None else tls_verify,
        timeout_s=checked.seconds(profile.timeout_s if timeout is None else timeout),
    )
    return target_to(given, auth)


def target_to(profile: Profile, auth: Auth = None) -> Target:
    """
    Return the service that a profile, already made of all that counts, says.

    Args:
        profile: Where the service is, and how to reach it.
        auth: Who asks, if not whose key the profile has.

    Raises:
        QueryError: Its file of certificates cannot be used.
    """
    return Target(
        profile.uri,
        authorization(profile.api_key if auth is None else auth),
        certificates(profile.tls_ca),
        profile.tls_verify,
        profile.timeout_s,
    )


def door_to(target: Target) -> Door:
    """
    Return the door that the address of *target* asks for; nothing is sent yet.

    Raises:
        QueryError: The extra ``client`` is not installed.
    """
    try:
        if target.uri.startswith("http"):
            from limnograph.client.http_door import HttpDoor

            return HttpDoor(target)
        from limnograph.client.flight_door import FlightDoor

        return FlightDoor(target)
    except ImportError as exc:
        raise QueryError(
            "not_installed",
            f"queries need the extra 'client': pip install 'limnograph[client]' ({exc})",
        ) from exc
