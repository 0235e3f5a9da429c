"""Errors that only a receiver has, and how every error looks on the wire."""

from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, PlainTextResponse

from assets.errors import CallerError, LakeError, LimitExceeded, Overloaded
from ingest_api.limits import RETRY_AFTER_S


class UnsupportedBody(CallerError):
    """The content type or content encoding is not one we read."""

    http_status = 415
    code = "unsupported_media_type"


class MalformedBody(CallerError):
    """The body is not what its content type or encoding says."""

    code = "malformed_body"


class BodyTimeout(Overloaded):
    """The body did not arrive in time; a retry may find a better network."""

    code = "body_timeout"


class OverLimit(LimitExceeded):
    """
    The request is over a named limit.

    Attributes:
        limit: Name of the limit.
        value: The limit.
    """

    def __init__(self, limit: str, value: int, advice: str) -> None:
        super().__init__(f"the request is over {limit} = {value}: {advice}")
        self.limit, self.value = limit, value


class ErrorDetail(BaseModel):
    """What went wrong and who must act."""

    code: str = Field(description="Stable name of the error.", examples=["limit_exceeded"])
    message: str = Field(
        description="What happened and what to do, for people.",
        examples=["the body is over wire_body_bytes_max = 16777216: send fewer blocks at once"],
    )
    limit: str | None = Field(default=None, description="Name of the limit that was exceeded.")
    limit_value: int | None = Field(default=None, description="Its value.")


class ErrorBody(BaseModel):
    """Every answer that is not 2xx. 4xx: never send this again. 5xx: send it again unchanged."""

    error: ErrorDetail


def error_response(error: LakeError) -> JSONResponse:
    """Return the answer for an error of ours."""
    detail = ErrorDetail(code=error.code, message=str(error))
    if isinstance(error, OverLimit):
        detail = detail.model_copy(update={"limit": error.limit, "limit_value": error.value})
    return _response(error.http_status, detail)


def text_response(error: LakeError) -> PlainTextResponse:
    """Return the answer for an error of ours to clients that read text."""
    headers = {"Retry-After": str(RETRY_AFTER_S)} if error.http_status >= 500 else None
    return PlainTextResponse(str(error), error.http_status, headers)


def plain_response(status: int, message: str) -> JSONResponse:
    """Return the answer for an error that the web framework found, such as an unknown path."""
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    return _response(status, ErrorDetail(code=code, message=message))


def _response(status: int, detail: ErrorDetail) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status >= 500 else None
    content = ErrorBody(error=detail).model_dump(exclude_none=True)
    return JSONResponse(content, status_code=status, headers=headers)
