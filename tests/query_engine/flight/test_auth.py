"""Clients that bring credentials connect like those that bring none."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pyarrow.flight as fl
import pytest

from query_engine.flight.limits import HANDSHAKES_MAX
from tests.query_engine.flight.calls import any_ticket, until


def test_a_user_with_a_password_gets_a_token(client):
    """
    The basic handshake of Flight; the token is sent with later calls.
    """
    name, token = client.authenticate_basic_token("ana", "secret")
    assert (name, token) == (b"authorization", b"Bearer anybody")
    options = fl.FlightCallOptions(headers=[(name, token)])
    assert client.do_get(any_ticket("SELECT 1"), options).read_all().num_rows == 1


def test_a_bare_handshake_is_answered(client):
    """
    The older way, with a client that sends something of its own.
    """

    class Own(fl.ClientAuthHandler):
        def authenticate(self, outgoing, incoming):
            outgoing.write(b"ana")

        def get_token(self):
            return b"token"

    client.authenticate(Own())
    assert client.do_get(any_ticket("SELECT 1")).read_all().num_rows == 1


def test_tokens_are_not_looked_at(client):
    """
    Any of them, and none.
    """
    options = fl.FlightCallOptions(headers=[(b"authorization", b"Bearer x")])
    assert client.do_get(any_ticket("SELECT 1"), options).read_all().num_rows == 1


class Silent(fl.ClientAuthHandler):
    """Begins a handshake and says nothing until it may."""

    def __init__(self, may_speak):
        super().__init__()
        self._may_speak = may_speak

    def authenticate(self, outgoing, incoming):
        """Wait, then speak."""
        self._may_speak.wait()
        outgoing.write(b"ana")

    def get_token(self):
        """Return what the server does not look at."""
        return b"token"


def knock(client):
    """Shake hands."""
    client.authenticate_basic_token("ana", "secret")


def test_handshakes_without_an_end_are_bounded(door, engine):
    """
    HANDSHAKES_MAX of them wait, more are told to come again, and queries go on.
    """
    uri = f"grpc://127.0.0.1:{door.port}"
    may_speak = Event()

    def shake():
        with fl.connect(uri) as client:
            client.authenticate(Silent(may_speak))

    with ThreadPoolExecutor(HANDSHAKES_MAX) as threads, fl.connect(uri) as client:
        shaking = [threads.submit(shake) for _ in range(HANDSHAKES_MAX)]
        try:
            until(lambda: engine.handshakes._value == 0)
            with pytest.raises(fl.FlightUnavailableError, match="handshakes"):
                knock(client)
            assert client.do_get(any_ticket("SELECT 1")).read_all().num_rows == 1
        finally:
            may_speak.set()
        for one in shaking:
            one.result()
        knock(client)
