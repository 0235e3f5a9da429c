"""The matrix of docs/otlp.md names the versions that are tested."""

import json
import re

import pytest

from tests.interop.environments import ROOT, SENDERS, pins_of

PAGE = ROOT / "docs" / "otlp.md"


@pytest.mark.parametrize("client", SENDERS)
def test_the_matrix_has_the_version_that_is_tested(client: str) -> None:
    """
    A reader learns with which version of a client it works; raised pins are raised there too.
    """
    pins = pins_of(client)
    packages = pins / "package.json"
    if packages.exists():
        exporters = json.loads(packages.read_text())["dependencies"]
        versions = {v for name, v in exporters.items() if "exporter" in name}
    else:
        versions = {(pins / "requirements.in").read_text().splitlines()[0].partition("==")[2]}
    rows = re.findall(r"^\| [^|]+ \| ([^| ]+) \|", PAGE.read_text(), re.MULTILINE)
    assert versions <= set(rows)
