"""
The folder of everything that one machine keeps, and the lock that says who works on it.

Rule: what is in it is private to us, except that the Postgres account may pass through.
"""

import fcntl
import json
import os
import stat
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import IO, Self

from stack.addresses import Addresses
from stack.errors import AlreadyRunning, PartFailed


class DataDirectory:
    """
    The data directory of one `limnod up`; as a context manager it is locked.

    Args:
        path: Made when it does not exist; never world-writable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.logs = self.path / "logs"
        self.lake = self.path / "lake"
        self.postgres = self.path / "postgres"
        self.dagster = self.path / "dagster"
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        """
        Make and lock the folder.

        Raises:
            AlreadyRunning: Another `limnod up` works on it.
            PartFailed: It cannot be made, or others could write to it.
        """
        try:
            self._make()
        except OSError as exc:
            raise PartFailed(
                f"the data directory {self.path} cannot be made ({exc.strerror}): "
                "choose another one with LIMNO_DATA_DIR"
            ) from exc
        if stat.S_IMODE(self.path.stat().st_mode) & stat.S_IWOTH:
            raise PartFailed(f"the data directory {self.path} is world-writable: chmod o-w it")
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise AlreadyRunning(
                f"limnod up (pid {holder}) already runs on {self.path}; ask it with `limnod "
                "status`, or start another one with LIMNO_DATA_DIR and other ports"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock
        return self

    def __exit__(self, *_: object) -> None:
        (self.path / "addresses.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _make(self) -> None:
        if not self.path.is_dir():
            self.path.mkdir(parents=True)
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (self.logs, self.lake, self.dagster):
            folder.mkdir(mode=0o700, exist_ok=True)

    def is_in_use(self) -> bool:
        """Tell whether a `limnod up` works on this folder now."""
        try:
            with (self.path / "lock").open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def stack_id(self) -> str:
        """Return the id that marks every process started for this folder."""
        path = self.path / "stack-id"
        if not path.exists():
            new = path.with_suffix(".new")
            new.write_text(f"{uuid.uuid4()}\n")
            new.rename(path)
        return path.read_text().strip()

    def write_addresses(self, addresses: Addresses) -> None:
        """Leave a note for `limnod status` of what runs where."""
        new = self.path / "addresses.json.new"
        new.write_text(json.dumps(asdict(addresses)))
        new.rename(self.path / "addresses.json")

    def read_addresses(self) -> Addresses | None:
        """Return what a running `limnod up` has noted, None when none runs."""
        try:
            return Addresses(**json.loads((self.path / "addresses.json").read_text()))
        except FileNotFoundError:
            return None
