"""Which sockets the receiver listens on, and what it does about ports that others have."""

import errno
import logging
import socket

import pytest

from assets.storage.settings import WrongSettings
from ingest_api.listening import LOOPBACKS, address_of, bind_all, bind_otlp
from ingest_api.settings import IngestSettings

FIELDS = ("grpc_port", "otlp_port")


@pytest.fixture
def taken():
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def with_default(field: str, port: int) -> IngestSettings:
    """Return settings in which nobody set a port; its default is *port*."""
    settings = IngestSettings(**{field: port})
    settings.model_fields_set.remove(field)
    return settings


def has_ipv6() -> bool:
    """Tell whether this machine has the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("field", FIELDS)
def test_a_default_port_that_is_taken_is_a_warning(
    field: str, taken: int, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Another collector may be there; the warning names the port and the setting.
    """
    with caplog.at_level(logging.WARNING):
        assert bind_otlp(with_default(field, taken), field) == []
    assert f"port {taken} is taken" in caplog.text
    assert f"LIMNO_INGEST_{field.upper()}" in caplog.text


@pytest.mark.parametrize("field", FIELDS)
def test_a_port_that_was_set_must_be_free(field: str, taken: int) -> None:
    """
    Whoever set it relies on it.
    """
    with pytest.raises(OSError, match=f"port {taken} .*LIMNO_INGEST_{field.upper()}") as raised:
        bind_otlp(IngestSettings(**{field: taken}), field)
    assert raised.value.errno == errno.EADDRINUSE


def test_off_listens_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However it is written; other words are refused.
    """
    monkeypatch.setenv("LIMNO_INGEST_GRPC_PORT", "OFF")
    assert IngestSettings().grpc_port is None
    assert bind_otlp(IngestSettings(), "grpc_port") == []
    monkeypatch.setenv("LIMNO_INGEST_GRPC_PORT", "none")
    with pytest.raises(WrongSettings, match="LIMNO_INGEST_GRPC_PORT"):
        IngestSettings()


def test_the_port_of_everything_else_is_not_listened_on_twice() -> None:
    """
    A receiver may be told to have OpenTelemetry's port as its only one.
    """
    assert bind_otlp(IngestSettings(port=4318, otlp_port=4318), "otlp_port") == []


@pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")
def test_localhost_finds_the_receiver_in_both_families() -> None:
    """
    `localhost` is ::1 first for some clients, and they try nothing else.
    """
    bound = bind_all("127.0.0.1", 0, "X")
    hosts = [one.getsockname()[0] for one in bound]
    ports = {one.getsockname()[1] for one in bound}
    for one in bound:
        one.close()
    assert hosts == list(LOOPBACKS)
    assert len(ports) == 1


@pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")
def test_a_port_that_is_taken_in_ipv6_alone_is_taken() -> None:
    """
    Else some applications would reach the other program, and some the receiver.
    """
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="::1"):
            bind_all("127.0.0.1", port, "X")


def test_an_address_is_written_as_in_a_url() -> None:
    """
    With brackets where it has colons.
    """
    with socket.create_server(("127.0.0.1", 0)) as one:
        assert address_of(one) == f"127.0.0.1:{one.getsockname()[1]}"
    if has_ipv6():
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as one:
            assert address_of(one) == f"[::1]:{one.getsockname()[1]}"
