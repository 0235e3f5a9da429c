"""
The description of the API: what FastAPI derives from the routes, and what it cannot know.

It cannot know that a wrong request is answered 400 in the one form of errors, not 422 in its own,
and that a gate stands before all that is not open.
"""

from typing import Any, Final

from fastapi import FastAPI

from query_engine.http.admission import RULES
from query_engine.http.errors import errors

HEADERS: list[dict[str, Any]] = [
    {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": schema,
    }
    for name, text, schema in (
        (
            "accept",
            "Media types of results; what the request itself says of its format wins.",
            {"type": "string"},
        ),
        (
            "accept-encoding",
            "zstd or gzip compress text on its way; Arrow and Parquet are sent as they are.",
            {"type": "string"},
        ),
        (
            "query_range_begin",
            "Start of the time range, RFC 3339; only with query_range_end and without begin, end.",
            {"type": "string", "format": "date-time"},
        ),
        (
            "query_range_end",
            "End of the time range, RFC 3339, inclusive.",
            {"type": "string", "format": "date-time"},
        ),
        (
            "limit",
            "At most so many rows, if the request itself does not say.",
            {"type": "integer", "minimum": 0},
        ),
        (
            "on_demand",
            "`wait` for tables that are being built, or read the `tail` at once.",
            {"type": "string", "enum": ["wait", "tail"]},
        ),
        (
            "x-query-id",
            "Id that the client chose for its query, to follow and stop it.",
            {"type": "string", "format": "uuid"},
        ),
        (
            "x-client-type",
            "Kind of client, for the audit record; the guide lists the further ones.",
            {"type": "string"},
        ),
    )
]
"""What both doors read from the headers of a query, for ``openapi_extra``."""


class DescribedApp(FastAPI):
    """An app that describes itself as it is."""

    _refusals: Final = {
        str(status): {
            "description": told["description"],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
        }
        for status, told in errors(401, 403).items()
    }

    def openapi(self) -> dict[str, Any]:
        """Return the description."""
        if self.openapi_schema is None:
            described = super().openapi()
            for path, methods in described["paths"].items():
                for method, operation in methods.items():
                    operation["responses"].pop("422", None)
                    line = f"{'GET' if method == 'head' else method.upper()} {path}"
                    if RULES.needs[line] != "open":
                        operation["responses"] |= self._refusals
            for name in ("HTTPValidationError", "ValidationError"):
                described["components"]["schemas"].pop(name, None)
        return super().openapi()
