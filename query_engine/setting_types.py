"""Types of settings whose text has a form of its own, checked when the service starts."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.:\[\]-]+")


def parts_of(text: str) -> list[str]:
    """Return what stands between the commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _base_path(text: str) -> str:
    path = text.rstrip("/")
    if not _BASE_PATH.fullmatch(path):
        raise ValueError("must be a path such as /lake: letters, digits, - . _ ~ and /")
    return path


def _origins(text: str) -> str:
    for origin in parts_of(text):
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r:.60} is no origin such as https://app.example.org")
    return text


def _origin(text: str) -> str:
    if text == "*" or not _ORIGIN.fullmatch(text):
        raise ValueError(f"{text!r:.60} is no origin such as https://ui.perfetto.dev")
    return text


def _networks(text: str) -> str:
    for network in parts_of(text):
        try:
            ipaddress.ip_network(network)
        except ValueError as exc:
            raise ValueError(f"{network!r:.60} is no address or network: {exc}") from None
    return text


BasePath = Annotated[str, AfterValidator(_base_path)]
"""Nothing, or a path without its last slash."""

Origins = Annotated[str, AfterValidator(_origins)]
"""Origins of web pages, with commas between."""

Origin = Annotated[str, AfterValidator(_origin)]
"""The origin of a web page."""

Networks = Annotated[str, AfterValidator(_networks)]
"""IP addresses and networks, with commas between."""
