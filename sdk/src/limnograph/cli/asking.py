"""Asking the service that the options mean."""

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limnograph.client import Client, Result
    from limnograph.client.profiles import Profile


def wanted(arguments: Namespace) -> "Profile":
    """Return how to reach the service that the options of ``add_connection`` mean."""
    from limnograph.client import profiles

    found = profiles.load(arguments.profile, uri=arguments.uri)
    if arguments.timeout is None:
        return found
    return replace(found, timeout_s=profiles.checked("timeout", arguments.timeout, "--timeout"))


def opened(
    arguments: Namespace, *, progress: bool | None = None, retry_seconds: float | None = None
) -> "Client":
    """Return a client of the service that the options of ``add_connection`` mean."""
    from limnograph.client import Client
    from limnograph.client.place import door_to, target_to
    from limnograph.client.retry import Retry

    target = target_to(wanted(arguments))
    return Client(
        target.uri,
        door_to(target),
        timeout_s=target.timeout_s,
        retry=Retry(retry_seconds),
        progress=progress,
    )


def rows(result: "Result") -> list[dict[str, Any]]:
    """Return the rows of a short answer."""
    from limnograph.client.values import rows_of

    names = result.schema.names
    return [dict(zip(names, row, strict=True)) for batch in result for row in rows_of(batch)]
