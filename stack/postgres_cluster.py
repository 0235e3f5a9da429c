"""
The files of the embedded Postgres: its cluster, how to reach it, and who runs on it.

Rule: the cluster appears complete or not at all (made aside, then renamed), and the password
is on disk before the cluster that needs it.
"""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from stack.errors import ForeignPostgres, PostgresFailed
from stack.ports import LOOPBACK
from stack.postgres_binaries import Account
from stack.process import ProcessIdentity, command_of, identity_of, working_directory_of

SUPERUSER = "limnograph"
_CONNECTION_FILE = "connection.json"


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the cluster; kept in ``connection.json``, readable by its owner only."""

    cluster_id: str
    password: str
    port: int

    def url(self, database: str) -> str:
        """Return the libpq URL of *database*, password included: do not print it."""
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def cluster_setting(self) -> str:
        """The server argument that marks a running server as this cluster's."""
        return f"cluster_name=limnograph-{self.cluster_id}"


@dataclass(frozen=True, slots=True)
class Leftover:
    """
    What ``postmaster.pid`` of the data directory stands for at the moment.

    ``stale``: nobody, or a program that is no server of this directory. ``ours``: a server
    whose launcher died. ``foreign``: a server that somebody else started here.
    """

    kind: Literal["none", "stale", "ours", "foreign"]
    process: ProcessIdentity | None = None


def read_connection(root: Path) -> Connection | None:
    """Return how to reach the cluster below *root*, None before there is one."""
    try:
        return Connection(**json.loads((root / _CONNECTION_FILE).read_text()))
    except FileNotFoundError:
        return None


def embedded_url(root: Path, database: str) -> str | None:
    """Return the URL of *database* in the cluster below *root*, None before there is one."""
    connection = read_connection(root)
    if connection is None or not connection.port:
        return None
    return connection.url(database)


def load_connection(root: Path) -> Connection:
    """
    Return how to reach the cluster below *root*, with a new password for a new one.

    Raises:
        ForeignPostgres: There is a cluster, but limnod did not make it.
    """
    connection = read_connection(root)
    if connection is None:
        if (root / "data").exists():
            raise ForeignPostgres(
                f"{root / 'data'} exists but was not made by limnod (no {_CONNECTION_FILE} "
                "beside it): move it away, or set LIMNO_DATABASE_URL to a Postgres of your own"
            )
        connection = Connection(secrets.token_hex(8), secrets.token_urlsafe(24), 0)
        save_connection(root, connection)
    return connection


def save_connection(root: Path, connection: Connection) -> None:
    """Write ``connection.json`` durably and at once, mode 0600."""
    handle, name = tempfile.mkstemp(prefix=".connection-", dir=root)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(connection), file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).rename(root / _CONNECTION_FILE)


def remove_unfinished(root: Path) -> None:
    """Remove what a launcher left that was killed while it made the cluster."""
    for pattern in (".initdb-*", ".connection-*"):
        for path in root.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def make_cluster(
    root: Path, installation: Path, account: Account, connection: Connection, *, durable: bool
) -> None:
    """
    Make ``root/data``, owned by *account* and private to it.

    Raises:
        PostgresFailed: initdb failed; the message is its own.
    """
    staging = Path(tempfile.mkdtemp(prefix=".initdb-", dir=root))  # mode 0700
    try:
        account.own(staging)
        password_file = staging / "password"
        password_file.touch(0o600)
        password_file.write_text(connection.password)
        account.own(password_file)
        command = [
            *(str(installation / "bin" / "initdb"), f"--pgdata={staging / 'data'}"),
            *(f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", *(() if durable else ("--no-sync",))),
        ]
        done = subprocess.run(
            command, check=False, cwd="/", capture_output=True, text=True, **account.identity
        )
        if done.returncode != 0:
            raise PostgresFailed(f"initdb failed:\n{done.stderr.strip()}")
        (staging / "data").rename(root / "data")
    finally:
        shutil.rmtree(staging)


def leftover(root: Path) -> Leftover:
    """Say what ``postmaster.pid`` stands for; call it with the folder's lock held."""
    data = root / "data"
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return Leftover("none")
    if not lines or not lines[0].strip().isdigit():
        return Leftover("stale")  # its writer crashed; we hold the lock, so it is over
    process = identity_of(int(lines[0]))
    if process is None or working_directory_of(process.pid) != data.resolve():
        return Leftover("stale")
    connection = read_connection(root)
    if connection and connection.cluster_setting in command_of(process.pid):
        return Leftover("ours", process)
    return Leftover("foreign", process)
