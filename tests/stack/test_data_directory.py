"""The data directory: private, one owner at a time, and how others find out where things are."""

import os
import socket
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from stack.addresses import OFF, Addresses, choose_addresses
from stack.data_directory import DataDirectory
from stack.errors import AddressUnusable, AlreadyRunning, PartFailed, PortTaken

NOWHERE = Addresses(
    ingest_host="127.0.0.1",
    ingest_port=0,
    query_host="0.0.0.0",
    query_http_port=0,
    query_flight_port=0,
    dagster_host="127.0.0.1",
    dagster_port=0,
    code_server_port=0,
)


def test_one_limnod_at_a_time(tmp_path: Path) -> None:
    """
    The second one is told who works there; the folder is free again when the first has ended.
    """
    first, second = DataDirectory(tmp_path / "data"), DataDirectory(tmp_path / "data")
    assert not second.is_in_use()
    with first:
        assert second.is_in_use()
        with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
            second.__enter__()
    assert not second.is_in_use()
    with second:
        assert first.is_in_use()


def test_what_is_kept_is_private(tmp_path: Path) -> None:
    """
    Others can neither list nor write; the logs and the lake are for us alone.
    """
    with DataDirectory(tmp_path / "deep" / "data") as directory:
        assert stat.S_IMODE(directory.path.stat().st_mode) in {0o711, 0o700}
        for folder in (directory.logs, directory.lake, directory.dagster):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_world_writable_directory_is_refused(tmp_path: Path) -> None:
    """
    Whoever can write to it could replace the database under us.
    """
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(0o777)
    with pytest.raises(PartFailed, match="world-writable"):
        DataDirectory(path).__enter__()


def test_a_directory_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    """
    The message says what to change.
    """
    (tmp_path / "file").write_text("")
    with pytest.raises(PartFailed, match="LIMNO_DATA_DIR"):
        DataDirectory(tmp_path / "file" / "data").__enter__()


def test_the_mark_of_a_directory_never_changes(tmp_path: Path) -> None:
    """
    The id by which leftover processes are recognized outlives restarts.
    """
    with DataDirectory(tmp_path / "data") as directory:
        stack_id = directory.stack_id()
    with DataDirectory(tmp_path / "data") as directory:
        assert directory.stack_id() == stack_id


def test_addresses_are_noted_while_it_runs(tmp_path: Path) -> None:
    """
    `limnod status` finds what runs where, and finds nothing after the end.
    """
    chosen = choose_addresses(NOWHERE, dagster=True)
    with DataDirectory(tmp_path / "data") as directory:
        directory.write_addresses(chosen)
        assert DataDirectory(tmp_path / "data").read_addresses() == chosen
    assert directory.read_addresses() is None


def test_free_ports_are_filled_in() -> None:
    """
    A port of 0 becomes a free one; what is not started keeps 0; people get a reachable address.
    """
    chosen = choose_addresses(NOWHERE, dagster=False)
    ports = [chosen.ingest_port, chosen.query_http_port, chosen.query_flight_port]
    assert all(ports)
    assert len(set(ports)) == 3
    assert chosen.dagster_port == chosen.code_server_port == 0
    assert replace(chosen, query_tls=True).flight_url.startswith("grpc+tls://127.0.0.1:")
    assert replace(chosen, query_tls=True).query_url.startswith("https://127.0.0.1:")
    assert chosen.query_url == f"http://127.0.0.1:{chosen.query_http_port}"


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("ingest_port", "LIMNO_INGEST_PORT"),
        ("query_http_port", "LIMNO_QUERY_HTTP_PORT"),
        ("query_flight_port", "LIMNO_QUERY_FLIGHT_PORT"),
        ("dagster_port", "LIMNO_DAGSTER_PORT"),
        ("ingest_grpc_port", "LIMNO_INGEST_GRPC_PORT"),
        ("ingest_otlp_port", "LIMNO_INGEST_OTLP_PORT"),
    ],
)
def test_a_taken_port_names_its_setting(field: str, variable: str) -> None:
    """
    The message says which port, for what, and what to set.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"{port}.*{variable}"):
            choose_addresses(replace(NOWHERE, **{field: port}), dagster=True)


def test_a_port_that_is_set_twice_is_refused() -> None:
    """
    Else the second part would die of it again and again; Postgres counts as well.
    """
    twice = replace(NOWHERE, ingest_port=45_871, query_flight_port=45_871)
    with pytest.raises(PortTaken, match="LIMNO_QUERY_FLIGHT_PORT and LIMNO_INGEST_PORT"):
        choose_addresses(twice, dagster=True)
    with pytest.raises(PortTaken, match="LIMNO_INGEST_PORT and LIMNO_POSTGRES_PORT"):
        choose_addresses(replace(NOWHERE, ingest_port=45_871), dagster=False, postgres_port=45_871)


@pytest.mark.parametrize("port", [0, 45_871])
def test_a_host_that_is_not_of_this_machine_names_its_setting(port: int) -> None:
    """
    It is the address that is wrong, not the port that is taken.
    """
    elsewhere = replace(NOWHERE, ingest_host="192.0.2.1", ingest_port=port)
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.1.*LIMNO_INGEST_HOST"):
        choose_addresses(elsewhere, dagster=False)


def test_opentelemetrys_ports_are_left_to_whoever_has_them() -> None:
    """
    Nobody chose the defaults: a warning names the setting, and everything else goes on.
    """
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        configured = replace(NOWHERE, ingest_grpc_port=port, ingest_otlp_port=0)
        chosen = choose_addresses(
            configured, dagster=False, optional={"ingest_grpc_port"}, say=said.append
        )
    assert (chosen.ingest_grpc_port, chosen.grpc_url) == (OFF, "")
    assert chosen.otlp_url == f"http://127.0.0.1:{chosen.ingest_otlp_port}"
    (line,) = said
    assert line.startswith("WARNING: no OTLP over gRPC")
    assert f"port {port}" in line
    assert "LIMNO_INGEST_GRPC_PORT" in line
