"""Who asks, where no login is wanted."""

from auth.principal import Principal, anybody

EVERYBODY: Principal = anybody("reader", "writer", "admin")
"""Whoever reaches a door without a login; LIMNO_QUERY_ADMIN takes the functions of admins away."""


def may_see(caller: Principal, owner: Principal) -> bool:
    """Tell whether *caller* may see a query of *owner*, whose text says what it looks for."""
    return caller.audiences is None or (
        caller.is_known and (caller.issuer, caller.subject) == (owner.issuer, owner.subject)
    )


def may_stop(caller: Principal, owner: Principal) -> bool:
    """Tell whether *caller* may stop a query of *owner*: their own, or any as an administrator."""
    if caller.is_admin or not owner.is_known:
        return True
    return (caller.issuer, caller.subject) == (owner.issuer, owner.subject)
