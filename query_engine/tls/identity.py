"""
Certificate, key and client CA as files hold them: read, and checked to belong together.

Rule: what is used is what was checked. The bytes are read once; nothing opens the files again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from query_engine.errors import TlsUnusable
from query_engine.limits import TLS_FILE_BYTES_MAX
from query_engine.settings import QuerySettings


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """
    Where the identity of the doors is.

    Attributes:
        certificate: PEM: the server's certificate, then those that lead to its root.
        key: PEM: its private key, without a passphrase.
        client_ca: PEM: the certificates that clients' certificates lead to; None asks for none.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """
    What the doors present, and whom they let in.

    Attributes:
        certificate: The PEM text of the chain.
        key: The PEM text of the key; it stands in no log.
        client_ca: PEM text of who vouches for clients; None: nobody needs to.
        expires: When the first certificate of the chain ends (UTC).
        subject: Whose it is, and its serial number: for the log.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    client_ca: bytes | None
    expires: datetime
    subject: str

    @property
    def fingerprint(self) -> bytes:
        """Return what differs whenever something of it does."""
        return fingerprint(self.certificate, self.key, self.client_ca)


def fingerprint(certificate: bytes, key: bytes, client_ca: bytes | None) -> bytes:
    """Return a short value for the contents of the files."""
    parts = (certificate, key, client_ca or b"")
    return b"".join(sha256(part).digest() for part in parts)


def tls_files(settings: QuerySettings) -> TlsFiles | None:
    """
    Return the files that the settings name; None when the doors speak without TLS.

    Raises:
        TlsUnusable: One is named without the other.
    """
    certificate, key = settings.tls_cert_file, settings.tls_key_file
    client_ca = settings.tls_client_ca_file
    if certificate and key:
        return TlsFiles(Path(certificate), Path(key), Path(client_ca) if client_ca else None)
    if certificate or key or client_ca:
        raise TlsUnusable(
            "TLS needs both LIMNO_QUERY_TLS_CERT_FILE and LIMNO_QUERY_TLS_KEY_FILE; "
            "LIMNO_QUERY_TLS_CLIENT_CA_FILE works only with them"
        )
    return None


def read_files(files: TlsFiles) -> tuple[bytes, bytes, bytes | None]:
    """
    Return the contents of certificate, key and client CA.

    Raises:
        TlsUnusable: A file cannot be read, or is far too large.
    """
    return (
        _read(files.certificate, "certificate"),
        _read(files.key, "key"),
        _read(files.client_ca, "client CA") if files.client_ca else None,
    )


def checked(files: TlsFiles, certificate: bytes, key: bytes, client_ca: bytes | None) -> Identity:
    """
    Return the identity that these contents are.

    Raises:
        TlsUnusable: The message names the file and what is wrong with it.
    """
    chain = _certificates(certificate, files.certificate, "certificate")
    private = _key(key, files.key)
    if _public(private.public_key()) != _public(chain[0].public_key()):
        raise TlsUnusable(
            f"the key {files.key} is not that of the first certificate in {files.certificate}"
        )
    if files.client_ca is not None:
        _certificates(client_ca or b"", files.client_ca, "client CA")
    first = chain[0]
    subject = f"{first.subject.rfc4514_string() or 'no subject'}, serial {first.serial_number:x}"
    return Identity(certificate, key, client_ca, first.not_valid_after_utc, subject)


def read_identity(files: TlsFiles) -> Identity:
    """
    Read and check the files.

    Raises:
        TlsUnusable: The message names the file and what is wrong with it.
    """
    return checked(files, *read_files(files))


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(TLS_FILE_BYTES_MAX + 1)
    except OSError as exc:
        raise TlsUnusable(f"the TLS {what} {path} cannot be read: {exc.strerror}") from exc
    if len(data) > TLS_FILE_BYTES_MAX:
        raise TlsUnusable(f"the TLS {what} {path} is longer than {TLS_FILE_BYTES_MAX} bytes")
    return data


def _certificates(data: bytes, path: Path, what: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as exc:
        raise TlsUnusable(f"the TLS {what} {path} holds no PEM certificate: {exc}") from exc


def _key(data: bytes, path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(data, password=None)
    except TypeError as exc:
        raise TlsUnusable(
            f"the TLS key {path} is encrypted; store it without a passphrase, readable by the "
            "service's account only"
        ) from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise TlsUnusable(f"the TLS key {path} holds no PEM private key") from exc


def _public(key: object) -> bytes:
    data: bytes = key.public_bytes(  # type: ignore[attr-defined]
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return data
