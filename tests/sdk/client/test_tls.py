"""Encrypted connections: trusted, not trusted, and the wrong language spoken to a port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import limnograph
from limnograph.client import QueryError, Unreachable
from query_engine.doors import Doors
from query_engine.readiness import Readiness
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from tests.query_engine.tls.conftest import Authority

SQL = "SELECT count(*) AS n FROM numbers"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """File of the certificate of the authority that signed the doors' one."""
    made = Authority("ours")
    pair = made.pair()
    (tmp_path / "tls.crt").write_bytes(pair.certificate)
    (tmp_path / "tls.key").write_bytes(pair.key)
    path = tmp_path / "ca.pem"
    path.write_bytes(made.pem)
    return path


@pytest.fixture
def doors(service: QueryService, authority: Path) -> Iterator[Doors]:
    """Both doors, over TLS."""
    settings = QuerySettings(
        http_port=0,
        flight_port=0,
        tls_cert_file=str(authority.with_name("tls.crt")),
        tls_key_file=str(authority.with_name("tls.key")),
        tls_look_seconds=3600,
    )
    made = Doors(service, Readiness(lambda: None), settings)
    yield made
    made.close(1)


@pytest.fixture(params=["flight_url", "http_url"])
def uri(request: pytest.FixtureRequest, doors: Doors) -> str:
    """Address of each door in turn."""
    return getattr(doors, request.param)


def test_a_trusted_authority_opens_the_door(
    uri: str, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Named as an argument or by the environment; the name of the machine is checked as well.
    """
    with limnograph.connect(uri, tls_ca=str(authority)) as lake:
        assert lake.query(SQL).scalar() == 10
        result = lake.query("SELECT n, m FROM many")
        next(iter(result))
        result.close()
    monkeypatch.setenv("LIMNO_TLS_CA", str(authority))
    with limnograph.connect(uri.replace("127.0.0.1", "localhost")) as lake:
        assert lake.query(SQL).scalar() == 10
        assert lake.cancel("00000000-0000-0000-0000-000000000000") is False


def test_who_is_not_trusted_is_told_with_what_to_do(uri: str) -> None:
    """
    The certificate is the reason, and two ways out are named; nothing is tried again.
    """
    with (
        limnograph.connect(uri, retry_seconds=60) as lake,
        pytest.raises(Unreachable, match=r"certificate.*tls_ca \(LIMNO_TLS_CA\).*tls_verify=False"),
    ):
        lake.query(SQL)


def test_trying_things_out_needs_no_authority(uri: str) -> None:
    """
    ``tls_verify=False`` is asked for by name.
    """
    with limnograph.connect(uri, tls_verify=False) as lake:
        assert lake.query(SQL).scalar() == 10


def test_the_wrong_language_is_told_from_an_absent_service(
    uri: str, flight_uri: str, http_uri: str
) -> None:
    """
    Without TLS to a port that speaks it, and with it to one that does not.
    """
    open_uri = uri.replace("+tls", "").replace("https", "http")
    with (
        limnograph.connect(open_uri, retry_seconds=0) as lake,
        pytest.raises(Unreachable, match="cannot reach") as caught,
    ):
        lake.query(SQL, timeout=60)
    assert ("https://" if uri.startswith("http") else "grpc+tls://") in caught.value.text
    plain = flight_uri.replace("grpc", "grpc+tls")
    if uri.startswith("http"):
        plain = http_uri.replace("http", "https")
    with (
        limnograph.connect(plain, retry_seconds=0) as lake,
        pytest.raises(Unreachable, match=r"should it be (grpc|http)://\?"),
    ):
        lake.query(SQL, timeout=60)


def test_a_file_that_holds_no_certificate_is_refused_at_once(uri: str, tmp_path: Path) -> None:
    """
    With its name, before anything is sent.
    """
    with pytest.raises(QueryError, match=r"tls_ca: .*nothing\.pem cannot be read"):
        limnograph.connect(uri, tls_ca=str(tmp_path / "nothing.pem"))
    path = tmp_path / "key.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----")
    with pytest.raises(QueryError, match=r"key\.pem holds no PEM certificate"):
        limnograph.connect(uri, tls_ca=str(path))
