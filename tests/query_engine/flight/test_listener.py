"""A server whose port is taken away goes on with the connections that it has."""

import socket
from pathlib import Path

import pyarrow.flight as fl
import pytest

from query_engine.flight.listener import stop_listening
from query_engine.flight.server import FlightDoor


def open_descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def is_answered(client, ticket):
    """Ask; a call that meets the end of the old server's connection may fail."""
    try:
        return client.do_get(ticket).read_all().num_rows == 1
    except (fl.FlightUnavailableError, fl.FlightCancelledError):
        return False


def test_a_server_that_lost_its_port_goes_on_and_another_listens_there(engine, door, client):
    """
    Old connections stay with the old server, new ones meet the new one.
    """
    ticket = fl.Ticket(b"SELECT 1 AS n")
    assert client.do_get(ticket).read_all().num_rows == 1
    assert stop_listening(door.port)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.port))
    successor = FlightDoor(engine, "127.0.0.1", door.port)
    with fl.connect(
        f"grpc://127.0.0.1:{door.port}", generic_options=[("grpc.use_local_subchannel_pool", 1)]
    ) as other:
        assert other.do_get(ticket).read_all().num_rows == 1
        assert client.do_get(ticket).read_all().num_rows == 1
        door.shutdown()
        assert other.do_get(ticket).read_all().num_rows == 1
        while not is_answered(client, ticket):
            pass
    successor.shutdown()


def test_nothing_else_is_touched():
    """
    Neither other ports, nor connections, nor files; and no descriptor is left behind.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as one:
            accepted, _ = listener.accept()
            with accepted:
                before = open_descriptors()
                for _ in range(50):
                    assert not stop_listening(one.getsockname()[1])
                assert open_descriptors() < before + 50
                one.sendall(b"x")
                assert accepted.recv(1) == b"x"
        socket.create_connection(("127.0.0.1", port)).close()
