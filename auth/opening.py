"""
From settings to an authenticator, and whether a service may start with it.

Rules: a door wants a credential unless only this machine reaches it and nothing says otherwise; a
service that others reach does not start without anybody who could come in, nor with the login
switched off, unless it was told so in a way that nobody uses by accident.
"""

import logging
from collections.abc import Sequence

from auth.authenticator import Authenticator
from auth.connections import key_connections
from auth.errors import ExposedWithoutLogin
from auth.key_records import KeyRecords
from auth.key_ring import KeyRing
from auth.loopback import is_loopback
from auth.principal import Role, anybody
from auth.settings import UNPROTECTED, AuthSettings

log = logging.getLogger(__name__)


def is_required(settings: AuthSettings, hosts: Sequence[str]) -> bool:
    """
    Tell whether a credential is wanted by doors that listen on *hosts*.

    Raises:
        ExposedWithoutLogin: The login is switched off, and others reach the doors.
    """
    exposed = [host for host in hosts if not is_loopback(host)]
    if settings.disabled:
        if exposed and not settings.i_know_that_anybody_can_read_everything:
            raise ExposedWithoutLogin(
                f"LIMNO_AUTH_DISABLED is set, and {exposed[0] or 'every address'} is not only "
                f"this machine: listen on 127.0.0.1, or set {UNPROTECTED} if you mean it"
            )
        return False
    return bool(exposed or settings.required or settings.issuers)


def open_authenticator(
    settings: AuthSettings, hosts: Sequence[str], database_url: str, roles: Sequence[Role]
) -> Authenticator:
    """
    Return what says who calls; whoever has it closes it.

    Args:
        settings: Who may come in.
        hosts: Where the doors listen.
        database_url: The metadata database, which has the API keys; nothing connects yet.
        roles: What everybody may do where no credential is wanted.

    Raises:
        ExposedWithoutLogin: As `is_required`.
    """
    if not is_required(settings, hosts):
        return Authenticator(anybody=anybody(*roles))
    pool = key_connections(database_url)
    return Authenticator(settings.issuers, KeyRing(KeyRecords(pool.connection)), closing=pool.close)


def check_somebody_can_come_in(
    authenticator: Authenticator, settings: AuthSettings, hosts: Sequence[str]
) -> None:
    """
    Return if the service may start; the database answers already.

    Raises:
        ExposedWithoutLogin: Others reach it, and neither a provider nor an API key lets anybody in.
        StorageUnavailable: The database does not answer.
    """
    if authenticator.is_open:
        if not all(is_loopback(host) for host in hosts):
            log.warning("%s is set: whoever reaches this service may do everything", UNPROTECTED)
        return
    exposed = [host for host in hosts if not is_loopback(host)]
    keys = authenticator.keys
    if exposed and not settings.issuers and not (keys and keys.records.any_usable()):
        raise ExposedWithoutLogin(
            f"it listens on {exposed[0] or 'every address'}, where others reach it, and nobody "
            "could come in: make an API key with `limnod keys create`, or set LIMNO_AUTH_ISSUERS "
            "(docs/security.md)"
        )
