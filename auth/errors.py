"""Why a caller is not let in, sorted by who must act on it."""

from assets.errors import CallerError, LakeError


class Unauthenticated(CallerError):
    """
    There is no credential, or none that is any good.

    The text never says which part of a credential was wrong beyond what its owner can see in it.
    """

    http_status = 401
    code = "unauthenticated"


class Forbidden(CallerError):
    """The caller is known, and may not do this."""

    http_status = 403
    code = "permission_denied"


class ProviderUnavailable(LakeError):
    """Whoever could say whether the credential is good does not answer: try again later."""

    http_status = 503
    code = "provider_unavailable"


class ExposedWithoutLogin(LakeError):
    """Everybody on the network could come in; the service does not start like that."""

    code = "exposed_without_login"
