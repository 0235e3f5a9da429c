"""
Changes of the file of profiles: what a person wrote there, comments included, stays.

Rule: the file is replaced in one step and is readable by its owner only; two changes at the same
time wait for each other.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limnograph.client.profiles import (
    ProfileError,
    ProfileFile,
    checked,
    checked_name,
    config_path,
    no_such_profile,
    read_file,
)


def put(name: str, fields: Mapping[str, str | bool], *, replace: bool = False) -> ProfileFile:
    """
    Add a profile; the first one becomes the default.

    Raises:
        ProfileError: There is one of that name (and *replace* is false), or a field is wrong.
    """
    checked_name(name)
    for key, value in fields.items():
        checked(key, value, key)

    def change(document: Any, file: ProfileFile) -> None:
        import tomlkit

        if name in file.profiles and not replace:
            raise ProfileError(
                f"there is a profile {name!r} already ({file.where(name)}): --replace replaces it"
            )
        if "profiles" not in document:
            document["profiles"] = tomlkit.table(is_super_table=True)
        table = tomlkit.table()
        table.update(fields)
        document["profiles"][name] = table
        if not file.profiles and file.default is None:
            document["default_profile"] = name

    return _changed(change)


def use(name: str) -> ProfileFile:
    """
    Make a profile the default.

    Raises:
        ProfileError: There is none of that name.
    """

    def change(document: Any, file: ProfileFile) -> None:
        if name not in file.profiles:
            raise no_such_profile(file, name)
        document["default_profile"] = name

    return _changed(change)


def remove(name: str) -> ProfileFile:
    """
    Remove a profile; if it was the default, there is none afterwards.

    Raises:
        ProfileError: There is none of that name.
    """

    def change(document: Any, file: ProfileFile) -> None:
        if name not in file.profiles:
            raise no_such_profile(file, name)
        del document["profiles"][name]
        if file.default == name:
            del document["default_profile"]

    return _changed(change)


def _changed(change: Callable[[Any, ProfileFile], None]) -> ProfileFile:
    try:
        import tomlkit
    except ImportError as exc:
        raise ProfileError(
            f"changing profiles needs the extra 'client': pip install 'limnograph[client]' ({exc})"
        ) from exc
    path = config_path()
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            raise ProfileError(f"{path} is no file, so no profiles can be kept there")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path.parent):
            file = read_file(new=True)
            document = tomlkit.parse(file.text)
            change(document, file)
            _replace(path, tomlkit.dumps(document))
            return read_file()
    except OSError as exc:
        raise ProfileError(f"{path} cannot be written: {exc.strerror}") from exc


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against other changes, where the system can."""
    if os.name != "posix":
        yield
        return
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _replace(path: Path, text: str) -> None:
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)
