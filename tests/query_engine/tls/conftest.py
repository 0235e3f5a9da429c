"""Certificates made on the spot: authorities, and what they sign."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates for this machine."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._certificate = self._signed(self._name, self._key, 30, ca=True)
        self.pem = self._certificate.public_bytes(Encoding.PEM)

    def pair(self, name: str = "server", days: float = 30, passphrase: bytes = b"") -> Pair:
        """Return a new pair for the loopback address."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_name(name), key, days, ca=False)
        how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return Pair(
            certificate.public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how),
        )

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: float, *, ca: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        names: list[x509.GeneralName] = [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )


class Folder:
    """The two files as an operator keeps them: replaced one after the other, each as a whole."""

    def __init__(self, root: Path) -> None:
        self.certificate, self.key = root / "tls.crt", root / "tls.key"

    def put(self, pair: Pair) -> None:
        """Write both."""
        self.certificate.write_bytes(pair.certificate)
        self.key.write_bytes(pair.key)


@pytest.fixture
def authority() -> Authority:
    """Return an authority."""
    return Authority("one")


@pytest.fixture
def other_authority() -> Authority:
    """Return another one."""
    return Authority("two")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a folder without files."""
    return Folder(tmp_path)
