"""What a request asks: the fields of a question, checked, and the headers beside them."""

import json
from typing import Annotated, Any

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from auth.http_gate import principal_of
from query_engine.builds.modes import OnDemand
from query_engine.headers import QueryHeaders, parse_headers
from query_engine.http.formats.catalog import FORMATS_BY_NAME
from query_engine.http.formats.format import Compression
from query_engine.limits import RESULT_ROWS_MAX
from query_engine.times import parse_rfc3339_ns


def _known(name: str) -> str:
    if name not in FORMATS_BY_NAME:
        raise ValueError(f"there is no {name!r:.40}; there are {', '.join(FORMATS_BY_NAME)}")
    return name


def _parameters(value: Any) -> Any:
    if not isinstance(value, list | dict | None):
        message = 'must be an array for ? and $1, or an object for :name: {"name": value}'
        raise ValueError(message)  # noqa: TRY004 (pydantic asks for it)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a text has half of a surrogate pair") from None
    return value


FormatName = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": list(FORMATS_BY_NAME)}),
]
Parameters = Annotated[
    Any,
    AfterValidator(_parameters),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": {}}, {"type": "object"}, {"type": "null"}]}
    ),
]


class Question(BaseModel):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "sql": "SELECT time, msg FROM log_entries WHERE level <= :level",
                    "begin": "2026-01-01T00:00:00Z",
                    "end": "2026-01-02T00:00:00Z",
                    "params": {"level": 2},
                    "limit": 100,
                    "format": "ndjson",
                }
            ]
        },
    )

    sql: str = Field(description="One SELECT statement.")
    begin: str | None = Field(
        default=None,
        description="Start of the time range, RFC 3339, inclusive; unset: open. With one of begin "
        "and end, the headers query_range_begin and query_range_end do not count.",
    )
    end: str | None = Field(
        default=None, description="End of the time range, RFC 3339, inclusive; unset: open."
    )
    params: Parameters = Field(
        default=None,
        description="Values for ? and $1 in order, or by name for :name; text is read as the type "
        "that it is compared with, and an object of one key is a value with its type: timestamp "
        "(RFC 3339), date, decimal (text), binary (base64), duration (ns), double (also NaN).",
    )
    limit: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=RESULT_ROWS_MAX,
        description="At most so many rows; unset: the header limit.",
    )
    on_demand: OnDemand | None = Field(
        default=None,
        description="What to do about tables that lack much of what is read: `wait` for them to be "
        "built, or read the `tail` at once; unset: the header on_demand, or as the service is set.",
    )
    format: FormatName | None = Field(
        default=None, description="Form of the result; unset: the Accept header decides, else json."
    )
    compression: Compression | None = Field(
        default=None,
        description="Of buffers in arrow (unset: none) and of pages in parquet (unset: zstd). Text "
        "is compressed by Accept-Encoding.",
    )

    def time_range(self, headers: QueryHeaders) -> tuple[int | None, int | None]:
        """
        Return begin and end, Unix ns: its own, or those of the headers if it has none.

        Raises:
            CallerError: A time is not RFC 3339.
        """
        if not self.begin and not self.end:
            return headers.begin_ns, headers.end_ns
        return (
            parse_rfc3339_ns(self.begin, "begin") if self.begin else None,
            parse_rfc3339_ns(self.end, "end") if self.end else None,
        )


def caller(request: Request) -> tuple[str, QueryHeaders]:
    """
    Return the address of who asks, and what the headers say.

    Raises:
        CallerError: A header is wrong.
        Forbidden: The caller says to be somebody else.
    """
    client = request.client.host if request.client else ""
    return client, parse_headers(dict(request.headers), client, principal_of(request.scope))
