"""Where the probe finds the doors, and where it cannot run."""

from dataclasses import replace

from stack.addresses import Addresses
from stack.probe.part import doors_of, probe_parts

AT = Addresses(
    ingest_host="127.0.0.1",
    ingest_port=9480,
    query_host="127.0.0.1",
    query_http_port=9481,
    query_flight_port=9482,
    dagster_host="127.0.0.1",
    dagster_port=0,
    code_server_port=0,
)


def test_it_asks_and_sends_where_everybody_does() -> None:
    """
    The public doors, through the variables that every client reads.
    """
    (spec,) = probe_parts(AT, {"PATH": "/bin"}, 5.0, lambda _line: None)
    assert spec.environment == {
        "PATH": "/bin",
        "LIMNO_INGEST_URI": "http://127.0.0.1:9480",
        "LIMNO_QUERY_URI": "grpc://127.0.0.1:9482",
    }
    assert spec.command[-2:] == ("--interval", "5.0")


def test_it_trusts_the_certificate_of_the_part_beside_it() -> None:
    """
    As `limnod status` does.
    """
    assert doors_of(replace(AT, query_tls=True))["LIMNO_TLS_VERIFY"] == "false"


def test_where_clients_need_certificates_there_is_no_probe() -> None:
    """
    And a line says so.
    """
    said: list[str] = []
    at = replace(AT, query_tls=True, query_client_certificates=True)
    assert probe_parts(at, {}, 60.0, said.append) == []
    assert said == ["no probe: the query service wants client certificates, and the probe has none"]
