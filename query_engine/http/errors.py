"""
Errors at the HTTP door: the one form that every failure has, and its description for OpenAPI.

Rule: nothing answers in the framework's own form.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from assets.errors import CallerError, LakeError
from query_engine.errors import WrongContentType
from query_engine.failures import as_lake_error
from query_engine.http.response import error_response


class ErrorFields(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable name of the kind of error.")
    message: str
    line: int | None = Field(default=None, description="Line in the SQL text, from 1.")
    column: int | None = Field(default=None, description="Column in that line, from 1.")
    hint: str | None = None
    query_id: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not 2xx."""

    error: ErrorFields


_MEANINGS = {
    400: "The SQL or the request is wrong",
    401: "A credential is needed, and the request brings none that is good",
    403: "The credential does not open this; or a page of another site asks what is not for it",
    404: "What is named does not exist",
    406: "No form of results is one that Accept takes",
    413: "Over a named limit",
    415: "The body is not sent as application/json",
    500: "The query failed inside the service",
    503: "Busy, or storage does not answer; ask again after Retry-After seconds",
    504: "Over the time limit",
    505: "This form of results needs HTTP/1.1",
    507: "The query needs more memory or disk than one query may use",
}


def errors(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return OpenAPI's description of answers with these statuses."""
    return {status: {"model": ErrorBody, "description": _MEANINGS[status]} for status in statuses}


QUERY_ERRORS = errors(*(status for status in _MEANINGS if status not in {401, 403}))
"""What a query may answer."""


_EXPECTED = 'the body must be a JSON object such as {"sql": "..."}, sent as application/json'


def handle_errors(app: FastAPI) -> None:
    """Give every failure the one form."""

    @app.exception_handler(LakeError)
    async def on_lake_error(request: Request, error: LakeError) -> JSONResponse:
        del request
        return error_response(as_lake_error(error, ""))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind != "application/json" and not kind.endswith("+json"):
            return error_response(WrongContentType(f"{_EXPECTED}, not {kind or 'nothing':.60}"))
        return error_response(CallerError(_mistake(error.errors()[0])))

    @app.exception_handler(Exception)
    async def on_any_other(request: Request, error: Exception) -> JSONResponse:
        del request
        return error_response(as_lake_error(error, ""))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        fields = {"code": "http", "message": f"{request.method} {request.url.path}: {error.detail}"}
        return JSONResponse({"error": fields}, error.status_code, error.headers)


def _mistake(found: Mapping[str, Any]) -> str:
    """Return what is wrong with a request, in words for whoever wrote it."""
    if found["type"] == "json_invalid":
        return f"the body is not JSON: {found['ctx']['error']} at character {found['loc'][-1]}"
    place = ".".join(str(part) for part in found["loc"] if part not in {"body", "query"})
    if not place:
        return _EXPECTED
    if found["type"] == "extra_forbidden":
        return (
            f"there is no {place!r:.60} in a request; the description of the API has what there is"
        )
    return f"{place}: {found['msg'].removeprefix('Value error, ')}"
