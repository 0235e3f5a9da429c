"""Clients that bring credentials connect like those that bring none."""

import pyarrow.flight as fl

from tests.query_engine.flight.calls import any_ticket


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
