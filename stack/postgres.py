"""
The embedded Postgres: made once, kept, started and stopped; a killed launcher blocks nothing.

What lies in its folder: ``data/`` (the cluster, private to the server account),
``connection.json`` (port and password, private to us), ``lock`` (held while we run),
``postgres.log``. The server listens on 127.0.0.1 only and asks for the password.

Rule: a running server is signalled only when the data directory says that it is ours: its
working directory is ``data/`` and its command line carries the cluster id of ``connection.json``.
"""

import contextlib
import fcntl
import math
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Self

import psycopg
from psycopg import sql

from stack.errors import AlreadyRunning, ForeignPostgres, PortTaken, PostgresFailed
from stack.limits import LEFTOVER_STOP_S, POSTGRES_STOP_AT_ONCE_S
from stack.log_lines import keep_small, tail
from stack.ports import LOOPBACK, free_port, is_free
from stack.postgres_binaries import Account, installation_for, server_account
from stack.postgres_cluster import (
    Connection,
    leftover,
    load_connection,
    make_cluster,
    read_connection,
    remove_unfinished,
    save_connection,
)
from stack.probes import postgres_status
from stack.process import end_with_parent, wait_until_ended, working_in

_FREE_PORT_ATTEMPTS = 5
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres:
    """
    One Postgres server of our own below *root*.

    Args:
        root: Folder for everything it keeps; the server account must be able to enter it.
        port: TCP port; 0 picks a free one once and remembers it.
        account: Unprivileged account for the Postgres programs when we are root.
        durable: False trades crash safety for speed (throw-away data only).
        start_timeout_s: How long crash recovery may take before we give up.
    """

    name = "postgres"
    after: tuple[str, ...] = ()
    once = False
    foundation = True
    stop_s_max = math.inf

    def __init__(
        self,
        root: Path,
        *,
        port: int = 0,
        account: str = "nobody",
        durable: bool = True,
        start_timeout_s: float = 300.0,
    ) -> None:
        self.root = root.absolute()
        self.data = self.root / "data"
        self.log = self.root / "postgres.log"
        self._wanted_port = port
        self._account_name = account
        self._durable = durable
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port; known once the server has been started."""
        return self._known().port

    @property
    def pid(self) -> int | None:
        """The server's pid while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def url(self, database: str = "postgres") -> str:
        """Return the libpq URL of *database*, password included: do not print it."""
        return self._known().url(database)

    def start(self) -> None:
        """
        Make the cluster if there is none, start the server and wait until it answers.

        Call it from a thread that lives as long as the program: the server is told to shut
        down when that thread ends.

        Raises:
            AlreadyRunning: Another launcher holds this folder.
            ForeignPostgres: The data directory, or a server in it, is not ours.
            PortTaken: The port asked for is in use.
            PostgresFailed: It did not start; the message has the end of its log.
        """
        deadline = time.monotonic() + self._start_timeout_s
        try:
            for attempt in range(_FREE_PORT_ATTEMPTS):
                self.launch()
                if self._wait_until_ready(deadline, last=attempt + 1 == _FREE_PORT_ATTEMPTS):
                    return
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Do what `start` does, without waiting until the server answers."""
        if self.pid is not None:
            return
        self._prepare_root()
        self._take_lock()
        account = server_account(self._account_name)
        if not account.can_enter(self.root):
            raise PostgresFailed(
                f"account {account.name!r}, which runs Postgres, cannot enter {self.root}: "
                "choose another data directory (LIMNO_DATA_DIR), for example /var/lib/limnograph"
            )
        remove_unfinished(self.root)
        connection = load_connection(self.root)
        self._clear_leftover(connection)
        installation = installation_for(account, self.root)
        if not self.data.exists():
            make_cluster(self.root, installation, account, connection, durable=self._durable)
        self._connection = connection = self._with_usable_port(connection)
        self._process = self._spawn(installation, account, connection)

    def exit_code(self) -> int | None:
        """Return how the server ended, None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def status(self) -> str:
        """Say ``"ready"`` when that very server (not another on its port) accepts a login."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return "starting"
        if len(lines) < 8 or lines[0] != str(self.pid) or lines[7].strip() != "ready":
            return "starting"
        return postgres_status(self.url())

    def ask_to_stop(self) -> None:
        """Ask for a fast shutdown: open transactions roll back, nothing committed is lost."""
        self._send(signal.SIGINT)

    def kill(self) -> None:
        """End the server at once; the next start recovers from its log."""
        for number in (signal.SIGQUIT, signal.SIGKILL):
            self._send(number)
            if self._process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(POSTGRES_STOP_AT_ONCE_S)

    def stop(self, patience_s: float = 10.0) -> None:
        """Stop the server: asked first, after *patience_s* at once; then let go of the folder."""
        self.ask_to_stop()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
            self.kill()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def ensure_database(self, name: str) -> str:
        """Create database *name* unless it exists, and return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as conn:
            found = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if found.fetchone() is None:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                    conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _known(self) -> Connection:
        connection = self._connection or read_connection(self.root)
        assert connection is not None, "the server has never been started here"
        return connection

    def _prepare_root(self) -> None:
        if not self.root.is_dir():
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)  # the server account passes through, nobody can list

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        # O_CLOEXEC is Python's default: the server must not keep the lock of a dead launcher.
        lock = (self.root / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise AlreadyRunning(
                f"the Postgres in {self.root} belongs to a running process (pid {holder})"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _clear_leftover(self, connection: Connection) -> None:
        found = leftover(self.root)
        if found.kind == "stale":
            # Its file is also what keeps a new server away from sessions that outlived the old
            # one for a moment; without the file, that is for us to make sure.
            deadline = time.monotonic() + LEFTOVER_STOP_S
            while sessions := working_in(self.data):
                if time.monotonic() >= deadline:
                    raise PostgresFailed(f"processes {sessions} still work in {self.data}")
                time.sleep(0.05)
            (self.data / "postmaster.pid").unlink()
        elif found.kind == "foreign":
            assert found.process is not None
            raise ForeignPostgres(
                f"a Postgres that limnod did not start (pid {found.process.pid}) runs on "
                f"{self.data}: stop it yourself, then start again"
            )
        elif found.kind == "ours":
            assert found.process is not None
            for number in (signal.SIGINT, signal.SIGQUIT):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found.process.pid, number)
                if wait_until_ended(found.process, 30.0):
                    return
            raise PostgresFailed(
                f"the Postgres of an earlier run (pid {found.process.pid}, cluster "
                f"{connection.cluster_id}) does not stop"
            )

    def _with_usable_port(self, connection: Connection) -> Connection:
        if self._wanted_port:
            if not is_free(self._wanted_port):
                raise PortTaken(
                    f"port {self._wanted_port} for Postgres is taken by another program: stop "
                    "it, or set LIMNO_POSTGRES_PORT (0 picks a free one)"
                )
            port = self._wanted_port
        else:
            port = connection.port
            if not port or not is_free(port):
                port = free_port()
        if port != connection.port:
            connection = Connection(connection.cluster_id, connection.password, port)
            save_connection(self.root, connection)
        return connection

    def _spawn(
        self, installation: Path, account: Account, connection: Connection
    ) -> subprocess.Popen[bytes]:
        settings = (
            *(f"port={connection.port}", f"listen_addresses={LOOPBACK}"),
            *("unix_socket_directories=", connection.cluster_setting, "max_connections=200"),
            *("timezone=UTC", "log_timezone=UTC", "log_line_prefix=%m [%p] "),
            *(() if self._durable else _NOT_DURABLE),
        )
        command = [str(installation / "bin" / "postgres"), "-D", str(self.data)]
        for setting in settings:
            command += ["-c", setting]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, and we decide the order of stopping
                preexec_fn=end_with_parent(signal.SIGINT),  # noqa: PLW1509 - one prctl call
                **account.identity,
            )

    def _wait_until_ready(self, deadline: float, *, last: bool) -> bool:
        """Wait for the server; False when somebody took its port first and it may try again."""
        while (code := self.exit_code()) is None:
            if self.status() == "ready":
                return True
            if time.monotonic() >= deadline:
                raise PostgresFailed(
                    f"Postgres was not ready after {self._start_timeout_s:.0f} s; the end of "
                    f"{self.log}:\n{tail(self.log)}"
                )
            time.sleep(0.03)
        if not last and not self._wanted_port and not is_free(self.port):
            return False
        raise PostgresFailed(
            f"Postgres ended with code {code}; the end of {self.log}:\n{tail(self.log)}"
        )

    def keep_log_small(self) -> None:
        """Put a large log aside; the server goes on writing to the same open file."""
        keep_small(self.log)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
