"""The package of integrations: named is imported, and nothing is imported unnamed."""

import pkgutil
import subprocess
import sys

import pytest

import limnograph
from limnograph import integrations

PROGRAM = """
import sys
import limnograph
limnograph.init
limnograph.integrations.automatic.instrument()
libraries = {"requests", "httpx", "psycopg", "sqlalchemy", "starlette", "flask", "loguru",
             "structlog", "opentelemetry", "asyncio"}
print(sorted(libraries & set(sys.modules)))
"""


def test_an_integration_is_there_when_it_is_named() -> None:
    """
    Without an import of its own; other names are no attributes.
    """
    assert limnograph.integrations is integrations
    offered = integrations._MODULES
    assert offered <= {module.name for module in pkgutil.iter_modules(integrations.__path__)}
    for name in offered:
        assert getattr(limnograph.integrations, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'django'"):
        _ = limnograph.integrations.django


def test_no_library_is_imported_for_its_own_sake() -> None:
    """
    A program that does not use them does not pay for them.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
