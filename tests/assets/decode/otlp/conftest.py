"""Both readers of OTLP: what a test says holds for the extension and for Python."""

import pytest

from assets.decode.otlp import columns


@pytest.fixture(params=["extension", "python"], autouse=True)
def reader(request, monkeypatch) -> str:
    """Decode with one of the two."""
    if request.param == "extension" and columns.native is None:
        pytest.skip("the extension is not built here")
    chosen = columns.by_extension if request.param == "extension" else columns.by_python
    monkeypatch.setattr(columns, "READ", chosen)
    return request.param
