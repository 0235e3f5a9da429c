"""What is said of TLS files that cannot be used."""

from datetime import UTC, datetime, timedelta

import pytest

from query_engine.errors import TlsUnusable
from query_engine.limits import TLS_FILE_BYTES_MAX
from query_engine.settings import QuerySettings
from query_engine.tls.contexts import context_of
from query_engine.tls.identity import TlsFiles, read_identity, tls_files


@pytest.fixture
def files(folder, authority):
    """Return files that are right."""
    folder.put(authority.pair())
    return TlsFiles(folder.certificate, folder.key)


def test_a_right_pair_is_read(files):
    """
    With its name and its end, for the log.
    """
    identity = read_identity(files)
    assert identity.subject.startswith("CN=server, serial ")
    assert timedelta(days=29) < identity.expires - datetime.now(UTC) <= timedelta(days=30)
    assert "PRIVATE" not in repr(identity)
    context_of(identity)


def test_a_missing_file_is_named(files):
    """
    With what the system says of it.
    """
    files.key.unlink()
    with pytest.raises(TlsUnusable, match=r"key .*tls\.key cannot be read: No such file"):
        read_identity(files)


def test_a_key_of_another_certificate_is_refused(files, authority):
    """
    Both files are named: either may be the wrong one.
    """
    files.key.write_bytes(authority.pair().key)
    with pytest.raises(TlsUnusable, match=r"tls\.key is not that of .*tls\.crt"):
        read_identity(files)


def test_a_key_with_a_passphrase_is_refused(files, authority):
    """
    Nobody could type it in.
    """
    files.key.write_bytes(authority.pair(passphrase=b"secret").key)
    with pytest.raises(TlsUnusable, match="encrypted"):
        read_identity(files)


def test_files_that_hold_something_else_are_refused(files, authority):
    """
    Half a file, an empty one, the wrong one of the two, one of any length.
    """
    pair = authority.pair()
    for content in (b"", pair.certificate[:200], pair.key):
        files.certificate.write_bytes(content)
        with pytest.raises(TlsUnusable, match=r"tls\.crt holds no PEM certificate"):
            read_identity(files)
    files.certificate.write_bytes(pair.certificate)
    for content in (b"", pair.key[:100], pair.certificate):
        files.key.write_bytes(content)
        with pytest.raises(TlsUnusable, match=r"tls\.key holds no PEM private key"):
            read_identity(files)
    files.key.write_bytes(b"x" * (TLS_FILE_BYTES_MAX + 1))
    with pytest.raises(TlsUnusable, match="longer than"):
        read_identity(files)


def test_a_client_authority_has_to_be_one(files, tmp_path):
    """
    Else nobody could get in, and nobody would know why.
    """
    authority = tmp_path / "ca.pem"
    authority.write_text("none")
    with pytest.raises(TlsUnusable, match=r"client CA .*ca\.pem holds no PEM certificate"):
        read_identity(TlsFiles(files.certificate, files.key, authority))


def test_settings_name_both_files_or_none():
    """
    One alone would leave the doors open without anybody noticing.
    """
    assert tls_files(QuerySettings()) is None
    for given in ({"tls_cert_file": "a"}, {"tls_key_file": "a"}, {"tls_client_ca_file": "a"}):
        with pytest.raises(TlsUnusable, match="LIMNO_QUERY_TLS_KEY_FILE"):
            tls_files(QuerySettings(**given))
