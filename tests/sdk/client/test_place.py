"""Which service ``connect`` means: arguments, the environment, profiles."""

from pathlib import Path

import pytest

from limnograph.client import QueryError
from limnograph.client.place import target_of

CA = "-----BEGIN CERTIFICATE-----"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment whose configuration file has two profiles."""
    (tmp_path / "ca.pem").write_text(CA)
    path = tmp_path / "config.toml"
    path.write_text(
        "default_profile = 'local'\n[profiles.local]\nuri = 'grpc://local:1'\n"
        "[profiles.far]\nuri = 'grpc+tls://far:2'\napi_key = 'far-key'\ntls_verify = false\n"
        f"tls_ca = '{tmp_path / 'ca.pem'}'\ntimeout = '5m'\n"
    )
    path.chmod(0o600)
    return {"LIMNO_CLIENT_CONFIG": str(path)}


def test_nothing_means_the_default_profile(environ: dict[str, str]) -> None:
    """
    Of the configuration file; without one, this machine.
    """
    assert target_of(None, environ=environ).uri == "grpc://local:1"


def test_a_profile_that_is_named_is_used_as_it_is(environ: dict[str, str]) -> None:
    """
    Variables for another service neither move it elsewhere nor give it their key.
    """
    others = {"LIMNO_QUERY_URI": "grpc://other:3", "LIMNO_API_KEY": "other", "LIMNO_TIMEOUT": "1"}
    target = target_of("far", environ=environ | others)
    assert (target.uri, target.authorize()) == ("grpc+tls://far:2", "Bearer far-key")
    assert (target.tls_ca, target.tls_verify, target.timeout_s) == (CA.encode(), False, 300.0)


def test_an_argument_beats_the_profile(environ: dict[str, str]) -> None:
    """
    Field by field.
    """
    target = target_of("far", api_key="k", tls_verify=True, timeout=7, environ=environ)
    assert (target.authorize(), target.tls_verify, target.timeout_s) == ("Bearer k", True, 7)
    target = target_of("far", auth=("ada", "pw"), environ=environ)
    assert target.authorize().startswith("Basic ")


def test_an_address_takes_nothing_from_a_profile(environ: dict[str, str]) -> None:
    """
    The profile's key is for the profile's service.
    """
    target = target_of("grpc://other:3", environ=environ | {"LIMNO_PROFILE": "far"})
    assert (target.uri, target.authorize(), target.tls_ca) == ("grpc://other:3", None, None)


def test_the_environment_names_service_and_key(environ: dict[str, str]) -> None:
    """
    Where no argument does.
    """
    there = environ | {"LIMNO_QUERY_URI": "http://there:4", "LIMNO_API_KEY": "there"}
    assert target_of(None, environ=there).uri == "http://there:4"
    assert target_of("grpc://here:5", environ=there).authorize() == "Bearer there"
    assert target_of(None, environ=environ | {"LIMNO_PROFILE": "far"}).uri == "grpc+tls://far:2"


def test_a_name_that_is_neither_is_told_from_both(environ: dict[str, str]) -> None:
    """
    With the profiles that there are, or what an address looks like.
    """
    with pytest.raises(QueryError, match=r"no profile 'fra'.*far"):
        target_of("fra", environ=environ)
    with pytest.raises(QueryError, match="neither grpc://host:port nor http"):
        target_of("far:2", environ=environ)
