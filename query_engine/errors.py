"""What can go wrong with a query as a whole; errors of its SQL are in `sql/errors.py`."""

from assets.errors import CallerError, LakeError, LimitExceeded, NotFound, Overloaded


class NotOffered(CallerError):
    """A request of a kind that is not answered here; the message says what to do instead."""

    http_status = 501
    code = "not_offered"


class NotAcceptable(CallerError):
    """There is no form of results that the request takes."""

    http_status = 406
    code = "not_acceptable"


class ForeignSite(CallerError):
    """A page of another site made a browser ask."""

    http_status = 403
    code = "foreign_site"


class HttpTooOld(CallerError):
    """Over HTTP/1.0 nobody could tell a broken answer of that form from a whole one."""

    http_status = 505
    code = "http_too_old"


class WrongContentType(CallerError):
    """The body of a request is not said to be what it has to be."""

    http_status = 415
    code = "wrong_content_type"


class TooManyQueries(Overloaded):
    """All slots are taken and the waiting room is full, or the wait took too long."""

    code = "too_many_queries"


class TooManyListeners(Overloaded):
    """As many follow the progress of queries as may at once."""

    code = "too_many_listeners"


class NoSuchQuery(NotFound):
    """No query of that id is under way; it may have ended."""

    code = "no_such_query"


class TooManyCalls(Overloaded):
    """The Flight door has as many calls under way as it may."""

    code = "too_many_calls"


class TooManyRequests(Overloaded):
    """The HTTP door has as many requests under way as it may."""

    code = "too_many_requests"


class BodyTooSlow(CallerError):
    """The body of a request did not arrive in time."""

    http_status = 408
    code = "body_too_slow"


class TooManyUploads(Overloaded):
    """As many uploads are under way as may be."""

    code = "too_many_uploads"


class AdminOnly(CallerError):
    """Only administrators may do this."""

    http_status = 403
    code = "permission_denied"


class ShuttingDown(Overloaded):
    """The service is stopping: ask again when it is back."""

    code = "shutting_down"


class TailTooLong(Overloaded):
    """More unmaterialized blocks than one query may read; materialization must catch up first."""

    code = "tail_too_long"


class TimeLimit(LakeError):
    """The query ran longer than it may."""

    http_status = 504
    code = "time_limit"


class ResourceExhausted(LakeError):
    """The query needs more memory or disk than one query may use; ask for less."""

    http_status = 507
    code = "resource_exhausted"


class ResultTooLarge(LimitExceeded):
    """The result has more rows than this service sends."""

    code = "result_too_large"


class RangeTooWide(LimitExceeded):
    """The query asks for more time than this service answers at once."""

    code = "range_too_wide"


class ScanTooLarge(LimitExceeded):
    """The query reads more than this service reads at once."""

    code = "scan_too_large"


class TooManyPaths(LimitExceeded):
    """The spans have more different call paths than are told apart."""

    code = "too_many_paths"


class ExportTooLarge(LimitExceeded):
    """A format of exports needs more disk, or more memory, for so much."""

    code = "export_too_large"


class WorkerDied(LakeError):
    """The process that ran the query is gone, for a reason that is neither a limit nor a wish."""

    code = "worker_died"


class ScratchUnusable(LakeError):
    """The directory for intermediate results cannot be used; the service does not start."""

    code = "settings"


class TlsUnusable(LakeError):
    """The TLS files cannot be used; at the start the service ends, later it keeps the old ones."""

    code = "settings"


class Cancelled(LakeError):
    """The client left, or somebody cancelled the query."""

    http_status = 499
    code = "cancelled"


class QueryFailed(LakeError):
    """The engine failed for a reason that is not the caller's; the log has the details."""

    code = "internal"
