"""
Which query service is meant, and how to reach it: arguments, environment, profiles of a file.

    default_profile = "local"

    [profiles.local]
    uri = "grpc://127.0.0.1:9482"

    [profiles.production]
    uri = "grpc+tls://lake.example:9482"
    api_key = "..."
    tls_ca = "~/lake-ca.pem"

Rule: an argument beats the environment, the environment beats the profile, field by field. The
default profile counts only where neither an argument nor the environment says an address: its key
is for its own service.
"""

import os
import re
import tomllib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limnograph.client.errors import QueryError

QUERY_URI = "grpc://127.0.0.1:9482"
"""Where queries go when nothing says otherwise."""

SCHEMES = ("grpc", "grpc+tcp", "grpc+tls", "http", "https")
FIELDS = ("uri", "api_key", "tls_ca", "tls_verify", "timeout")
"""What a profile may hold."""

FILE_VARIABLE, PROFILE_VARIABLE = "LIMNO_CLIENT_CONFIG", "LIMNO_PROFILE"
VARIABLES = {
    "uri": "LIMNO_QUERY_URI",
    "api_key": "LIMNO_API_KEY",
    "tls_ca": "LIMNO_TLS_CA",
    "tls_verify": "LIMNO_TLS_VERIFY",
    "timeout": "LIMNO_TIMEOUT",
}
"""The variable that sets each field."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_OTHERS = 0o077


class ProfileError(QueryError):
    """A profile, its file or a variable is wrong; the text says where and what is known."""

    def __init__(self, text: str) -> None:
        super().__init__("client", text)


class ExposedKey(UserWarning):
    """Others on this machine can read a file with API keys."""


@dataclass(frozen=True, slots=True)
class Profile:
    """
    How to reach one query service.

    Attributes:
        uri: ``grpc://host:port``, ``grpc+tls://``, ``http://`` or ``https://``.
        name: The profile that it comes from, None without.
        api_key: Sent as a bearer token.
        tls_ca: File of the certificates to trust (PEM), instead of the machine's.
        tls_verify: Check the service's certificate.
        timeout_s: Most seconds that a query may take, None for no limit of the client's own.
    """

    uri: str = QUERY_URI
    name: str | None = None
    api_key: str | None = field(default=None, repr=False)
    tls_ca: str | None = None
    tls_verify: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """The configuration file as it is now; a file that does not exist has no profiles."""

    path: Path
    default: str | None
    profiles: Mapping[str, Mapping[str, Any]]
    text: str = field(repr=False)

    def where(self, name: str | None = None, key: str | None = None) -> str:
        """Return ``file:line`` of a profile or of a key in it, as far as it can be found."""
        inside = name is None
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*\[\s*profiles\s*\.\s*(['\"]?)([^'\"\]]*?)\1\s*\]", line):
                inside = header[2] == name
                if inside and key is None:
                    return f"{self.path}:{number}"
            elif inside and key and re.match(rf"[\s\[]*['\"]?{re.escape(key)}['\"]?\s*[=\]]", line):
                return f"{self.path}:{number}"
        return str(self.path)


def load(
    name: str | None = None,
    *,
    uri: str | None = None,
    api_key: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Profile:
    """
    Return how to reach the service that is meant.

    Args:
        name: A profile, used as it is, whatever the variables say; else LIMNO_PROFILE, else,
            without any address, the file's default_profile.
        uri: Address that counts more than any other.
        api_key: Key that counts more than any other.
        environ: Stands in for the process's variables.

    Raises:
        ProfileError: There is no such profile, or something in it cannot be used.
    """
    environ = os.environ if environ is None else environ
    # A key goes to the service that it is kept for: what is asked for by name is not mixed.
    variables = {} if name else VARIABLES
    given = {key: environ[variable] for key, variable in variables.items() if environ.get(variable)}
    named = name or environ.get(PROFILE_VARIABLE) or None
    found: Mapping[str, Any] = {}
    if named or not (uri or "uri" in given):
        file = read_file(environ)
        named = named or file.default
        found = _profile(file, named) if named else {}
        if "api_key" in found:
            _warn_if_exposed(file.path)
    fields: dict[str, Any] = dict(found)
    for key, text in given.items():
        fields[key] = checked(key, text, VARIABLES[key])
    if uri:
        fields["uri"] = checked("uri", uri, "the address")
    if api_key:
        fields["api_key"] = api_key
    timeout_s = fields.pop("timeout", None)
    return Profile(name=named, timeout_s=timeout_s, **fields)


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the profiles are: LIMNO_CLIENT_CONFIG, else below the configuration folder."""
    environ = os.environ if environ is None else environ
    if named := environ.get(FILE_VARIABLE):
        return Path(named).expanduser()
    folder = environ.get("XDG_CONFIG_HOME") or ""
    if not Path(folder).is_absolute():
        folder = environ.get("HOME") or str(Path("~").expanduser())
        folder = str(Path(folder) / ".config")
    return Path(folder) / "limnograph" / "config.toml"


def read_file(environ: Mapping[str, str] | None = None, *, new: bool = False) -> ProfileFile:
    """
    Return what the configuration file says; its profiles are checked when they are used.

    Args:
        environ: Stands in for the process's variables.
        new: The file that the variable names need not exist yet.

    Raises:
        ProfileError: It cannot be read, is not TOML, or has a key that means nothing.
    """
    environ = os.environ if environ is None else environ
    path = config_path(environ)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError) as exc:
        if environ.get(FILE_VARIABLE) and not new:
            raise ProfileError(f"{path}, which {FILE_VARIABLE} names, does not exist") from exc
        return ProfileFile(path, None, {}, "")
    except OSError as exc:
        raise ProfileError(f"{path} cannot be read: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ProfileError(f"{path} is not valid TOML: {exc}") from exc
    profiles, default = content.pop("profiles", {}), content.pop("default_profile", None)
    file = ProfileFile(path, default, profiles, text)
    for key in content:
        known = ("default_profile", "profiles")
        raise ProfileError(
            f"{file.where(None, key)}: {key!r} means nothing here; known: {', '.join(known)}"
        )
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise ProfileError(f"{file.path}: a profile is a table: [profiles.NAME]")
    if default is not None and not isinstance(default, str):
        raise ProfileError(f"{file.where(None, 'default_profile')}: default_profile is not text")
    return file


def checked(key: str, value: Any, where: str) -> Any:
    """
    Return a field's value as ``Profile`` has it.

    Raises:
        ProfileError: It cannot be used; the text begins with *where*.
    """
    if key == "uri" and isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme in SCHEMES and parts.hostname:
            return value
        raise ProfileError(f"{where}: {value!r} is neither grpc://host:port nor http://host:port")
    if key == "timeout":
        found = _SECONDS.fullmatch(str(value).strip().lower())
        if not isinstance(value, bool) and found and float(found[1]) > 0:
            return float(found[1]) * _UNIT_S[found[2]]
        raise ProfileError(f"{where}: {value!r} is not a time: seconds, or such as '90s', '5m'")
    if key == "tls_verify":
        flag = value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
        if flag is None:
            raise ProfileError(f"{where}: {value!r} is neither true nor false")
        return flag
    if not isinstance(value, str) or not value:
        raise ProfileError(f"{where}: {key} is not text")
    return str(Path(value).expanduser()) if key == "tls_ca" else value


def checked_name(name: str) -> str:
    """
    Return *name* if a profile may have it.

    Raises:
        ProfileError: It has other characters than letters, digits, ``_`` and ``-``, or too many.
    """
    if not _NAME.fullmatch(name):
        raise ProfileError(f"{name!r} is no name for a profile: 1 to 64 of A-Z a-z 0-9 _ -")
    return name


def no_such_profile(file: ProfileFile, name: str) -> ProfileError:
    """Return the error that names what there is instead."""
    if not file.profiles:
        what = "has no profiles" if file.text else "does not exist"
        return ProfileError(
            f"there is no profile {name!r}: {file.path} {what}; limno profile add makes one"
        )
    known = ", ".join(sorted(file.profiles))
    meant = _closest(name, file.profiles)
    return ProfileError(f"there is no profile {name!r} in {file.path}{meant}; known: {known}")


def _profile(file: ProfileFile, name: str) -> dict[str, Any]:
    if name not in file.profiles:
        raise no_such_profile(file, name)
    found = file.profiles[name]
    for key in found:
        if key not in FIELDS:
            raise ProfileError(
                f"{file.where(name, key)}: profile {name!r} has {key!r}, which means nothing"
                f"{_closest(key, FIELDS)}; known: {', '.join(FIELDS)}"
            )
    if "uri" not in found:
        raise ProfileError(f"{file.where(name)}: profile {name!r} has no uri")
    return {
        key: checked(key, value, f"{file.where(name, key)}: profile {name!r}, {key}")
        for key, value in found.items()
    }


def _warn_if_exposed(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if os.name == "posix" and mode & _OTHERS:
        warnings.warn(
            f"{path} holds API keys and others can read it (mode {mode & 0o777:04o}): "
            f"chmod 600 {path}",
            ExposedKey,
            stacklevel=3,
        )


def _closest(name: str, known: Iterable[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
