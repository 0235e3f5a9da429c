"""
The API key of what `limnod up` starts: its parts knock at each other's doors like anybody.

Rule: it lives as long as the parts. A `limnod` that was killed left its key behind; the next one of
the same data directory revokes it before anything else.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from assets.errors import StorageUnavailable
from auth.connections import key_connection
from auth.errors import ExposedWithoutLogin
from auth.key_records import KeyRecords, KeyWish
from auth.loopback import is_loopback
from auth.opening import is_required
from auth.settings import AuthSettings

VARIABLE = "LIMNO_API_KEY"


@contextmanager
def with_own_key(
    environment: Mapping[str, str], database_url: str, hosts: Sequence[str], stack_id: str
) -> Iterator[dict[str, str]]:
    """
    Yield the parts' environment with a key of their own, if any door wants a credential.

    It wins over a key that is set: that one may be of another lake, or for sending only.

    Args:
        environment: What else the parts are given.
        database_url: The metadata database, migrated.
        hosts: Where the doors listen.
        stack_id: Whose parts they are.

    Raises:
        ExposedWithoutLogin: Others reach the doors, and nobody could come in.
    """
    settings, by = AuthSettings(), f"limnod up {stack_id}"
    if not is_required(settings, hosts):
        yield dict(environment)
        return
    records = KeyRecords(partial(key_connection, database_url))
    records.revoke_made_by(by)
    exposed = [host for host in hosts if not is_loopback(host)]
    if exposed and not settings.issuers and not records.any_usable():
        raise ExposedWithoutLogin(
            f"{exposed[0] or 'every address'} is reached by others, and nobody could come in: "
            "start on 127.0.0.1 and make an API key with `limnod keys create`, or set "
            "LIMNO_AUTH_ISSUERS (docs/security.md)"
        )
    key, _ = records.mint(KeyWish(name="limnod up", scopes=["ingest", "query"]), by)
    try:
        yield {**environment, VARIABLE: key}
    finally:
        # The embedded Postgres has stopped by then; the next start revokes the key.
        with suppress(StorageUnavailable):
            records.revoke_made_by(by)
