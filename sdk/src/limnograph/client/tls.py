"""Which certificates are trusted, and what to do when one is not."""

import ssl
from pathlib import Path

from limnograph.client.errors import QueryError


def certificates(tls_ca: str | None) -> bytes | None:
    """
    Return the content of a file of certificates to trust, None for the machine's own.

    Raises:
        QueryError: It cannot be read, or holds none.
    """
    if not tls_ca:
        return None
    path = Path(tls_ca).expanduser()
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise QueryError("client", f"tls_ca: {path} cannot be read: {exc.strerror}") from exc
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise QueryError("client", f"tls_ca: {path} holds no PEM certificate")
    return data


def machine_certificates() -> bytes | None:
    """Return the certificates that this machine trusts; None lets the library look for them."""
    path = ssl.get_default_verify_paths().cafile
    try:
        return Path(path).read_bytes() if path else None
    except OSError:
        return None


def context(tls_ca: bytes | None, *, verify: bool) -> ssl.SSLContext:
    """
    Return how connections over HTTPS are made.

    Raises:
        QueryError: The certificates cannot be used.
    """
    try:
        made = ssl.create_default_context(
            cadata=tls_ca.decode("ascii", "replace") if tls_ca else None
        )
    except ssl.SSLError as exc:
        raise QueryError("client", f"tls_ca holds no usable certificate: {exc}") from exc
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


UNTRUSTED = (
    "give the certificate of its authority as tls_ca (LIMNO_TLS_CA), or, to try things out, "
    "tls_verify=False"
)
"""What to do when a service's certificate is not trusted."""
