"""JSON bodies of senders that are no sticklers for Unicode, as servers written in Go read them."""

import json

import orjson

from ingest_api.errors import MalformedBody


def parsed(body: bytes) -> object:
    """
    Return what a body says; bytes that are no UTF-8 are replaced, halves of characters are kept.

    Raises:
        MalformedBody: It is no JSON; the message says where.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except RecursionError:
        raise MalformedBody("the body is not JSON that we read: it is nested too deep") from None
    except ValueError as exc:
        raise MalformedBody(f"the body is not JSON: {exc}") from exc
