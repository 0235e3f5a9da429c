"""
Call sites: where in the program an event comes from, found once and remembered.

A site is known by its code object and bytecode offset, which costs one dictionary look-up. The
code object is kept alive by its site, so that its id cannot come to mean another one.
"""

from sys import _getframe
from types import FrameType
from typing import Any, Protocol, TypeVar

from limnograph.limits import NAME_CHARS_MAX, SITE_CHARS_MAX, SITES_MAX
from limnograph.recorder.texts import text_of

_DYNAMIC = object()


class Site:
    """
    One place in the program.

    Attributes:
        msg: For logs, the very template object that the site stands for.
        owner: What must stay alive as long as the site does.
    """

    __slots__ = ("file", "line", "msg", "name", "owner", "target", "unit")

    def __init__(self, name: str, target: str, file: str, line: int, owner: object = None) -> None:
        self.name, self.target, self.file, self.line, self.unit = name, target, file, line, ""
        self.owner = owner
        self.msg: object = _DYNAMIC


SITES: dict[tuple[int, int], Site] = {}
"""The first (for most, the only) site of each log call: (id(code), bytecode offset)."""

_FRAMELESS = Site("", "", "", 0)
"""The site of log calls that no Python code made."""

_DYNAMIC_SITES: dict[tuple[int, int], Site] = {}
_FOREIGN: dict[tuple[str, int, str], Site] = {}


def named(frame: FrameType | None, name: object) -> tuple[str, str, str, int]:
    """Return name, target, file and line for a metric or span made in *frame*."""
    text = name if type(name) is str else text_of(name)
    if frame is None:
        return text[:NAME_CHARS_MAX], "", "", 0
    target = str(frame.f_globals.get("__name__", ""))[:NAME_CHARS_MAX]
    file = frame.f_code.co_filename[:SITE_CHARS_MAX]
    return text[:NAME_CHARS_MAX], target, file, frame.f_lineno or 0


class _Instrument(Protocol):
    owner: object

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None: ...


_I = TypeVar("_I", bound=_Instrument)
_MADE: dict[object, Any] = {}


def made(kind: type[_I], name: Any, unit: Any, frame: FrameType | None) -> _I:
    """Return the instrument that *frame* makes at this place: of one name there is one."""
    place = (None, 0) if frame is None else (id(frame.f_code), frame.f_lasti)
    key = (kind, name, unit, *place)
    try:
        known: _I | None = _MADE.get(key)
    except TypeError:
        return made(kind, text_of(name), text_of(unit), frame)
    if known is None:
        text, target, file, line = named(frame, name)
        known = kind(text, text_of(unit)[:NAME_CHARS_MAX], target, file, line)
        known.owner = frame and frame.f_code
        if len(_MADE) < SITES_MAX:
            _MADE[key] = known
    return known


def made_for(kind: type[_I], function: Any) -> _I:
    """Return the instrument of *function*, with its name and place: of one code there is one."""
    function = getattr(function, "__func__", function)
    name = text_of(getattr(function, "__qualname__", None) or type(function).__qualname__)
    code = getattr(function, "__code__", None)
    key = (kind, name, "", id(code), -1)
    known: _I | None = _MADE.get(key) if code is not None else None
    if known is None:
        target = text_of(getattr(function, "__module__", "") or "")[:NAME_CHARS_MAX]
        file = getattr(code, "co_filename", "")[:SITE_CHARS_MAX]
        line = getattr(code, "co_firstlineno", 0)
        known = kind(name[:NAME_CHARS_MAX], "", target, file, line)
        known.owner = code
        if code is not None and len(_MADE) < SITES_MAX:
            _MADE[key] = known
    return known


def caller() -> FrameType | None:
    """Return the frame that called the function that asks; None when no Python code did."""
    try:
        return _getframe(2)
    except ValueError:
        return None


def log_site(frame: FrameType | None, msg: Any) -> Site:
    """
    Return the site of a log call whose message is not that of the remembered site.

    A message that is a constant of the calling code is a template and names the site. Any other
    (an f-string, a variable) is dynamic: all such messages of one place share a nameless site.
    """
    if frame is None:
        return _FRAMELESS
    code = frame.f_code
    key = (id(code), frame.f_lasti)
    site = _DYNAMIC_SITES.get(key)
    if site is not None:
        return site
    constant = any(msg is one for one in code.co_consts)
    first = key not in SITES
    _, target, file, line = named(frame, "")
    site = Site(msg[:SITE_CHARS_MAX] if constant else "", target, file, line, owner=code)
    if len(SITES) + len(_DYNAMIC_SITES) >= SITES_MAX:
        return site
    if constant and first:
        site.msg = msg
        SITES[key] = site
    else:
        site.name = ""
        _DYNAMIC_SITES[key] = site
    return site


def log_sites() -> int:
    """Return how many places of log calls are remembered."""
    return len(SITES) + len(_DYNAMIC_SITES)


def foreign_site(file: str, line: int, target: str, msg: str) -> Site:
    """Return the site of another logging library's call; its first message names it."""
    key = (file, line, target)
    site = _FOREIGN.get(key)
    name = msg[:SITE_CHARS_MAX]
    if site is None:
        site = Site(name, target[:NAME_CHARS_MAX], file[:SITE_CHARS_MAX], line)
        if len(_FOREIGN) < SITES_MAX:
            _FOREIGN[key] = site
    elif site.name and site.name != name:
        site = _FOREIGN[key] = Site("", site.target, site.file, line)
    return site
