"""What translates, in either language."""

from collections.abc import Callable, Mapping

import pytest
from google.protobuf.message import Message

from assets.otlp_wire.extension import native
from assets.prometheus_wire.request import Family
from assets.prometheus_wire.translate import Translated, by_extension, by_python
from tests.assets.prometheus_wire.messages import V2

Translate = Callable[..., Translated]


@pytest.fixture(params=["C", "Python"])
def translated(request: pytest.FixtureRequest) -> Translate:
    """Return what translates a message, given what is known of names."""
    if request.param == "C" and native is None:
        pytest.skip("the extension is not built here")
    translate = by_extension if request.param == "C" else by_python

    def run(message: Message, families: Mapping[bytes, Family] | None = None) -> Translated:
        known = families or {}
        second = isinstance(message, V2["Request"])
        body = message.SerializeToString()
        return translate(body, second, lambda name: known.get(name, Family()))

    return run
