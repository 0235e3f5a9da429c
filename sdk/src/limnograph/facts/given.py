"""
What people say about a process in the environment: our variables, then OpenTelemetry's.

``LIMNO_SERVICE`` and ``LIMNO_PROCESS_PROPERTIES`` win over ``OTEL_SERVICE_NAME`` and
``OTEL_RESOURCE_ATTRIBUTES``, which are there in many deployments already.
"""

from collections.abc import Callable, Mapping

_SERVICE_NAME = "service.name"


def service_given(environ: Mapping[str, str]) -> str:
    """Return the service's name as the environment has it; "" where it has none."""
    return (
        environ.get("LIMNO_SERVICE")
        or environ.get("OTEL_SERVICE_NAME")
        or _pairs(environ.get("OTEL_RESOURCE_ATTRIBUTES", "")).get(_SERVICE_NAME, "")
    )


def properties_given(environ: Mapping[str, str], say: Callable[[str], None]) -> dict[str, str]:
    """
    Return the properties that the environment gives to the process.

    Args:
        environ: The environment.
        say: Told of what stands in our own variable and is no ``key=value``.
    """
    theirs = _pairs(environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    theirs.pop(_SERVICE_NAME, None)
    return {**theirs, **_pairs(environ.get("LIMNO_PROCESS_PROPERTIES", ""), say)}


def _silent(_text: str) -> None:
    return


def _pairs(text: str, say: Callable[[str], None] = _silent) -> dict[str, str]:
    """Return ``k=v,k=v`` as a mapping; ``%2C`` in a key or value is a comma, as in a URL."""
    found = {}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if key.strip() and equals:
            found[_decoded(key.strip())] = _decoded(value.strip())
        elif part.strip():
            say(f"LIMNO_PROCESS_PROPERTIES: {part.strip()!r} is no key=value; leaving it out")
    return found


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
