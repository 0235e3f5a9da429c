"""The environments themselves: made once, tried again, and clear about what went wrong."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from tests.interop import environments
from tests.interop.environments import Environment, EnvironmentFailed


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put pins and environments into folders of the test; nothing is downloaded."""
    (tmp_path / "pins" / "nobody").mkdir(parents=True)
    (tmp_path / "pins" / "nobody" / "requirements.txt").write_text("")
    monkeypatch.setattr(environments, "FOLDERS", (tmp_path / "pins",))
    monkeypatch.setattr(environments, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(environments, "RETRY_SECONDS", 0)


def test_an_environment_is_made_once_however_many_ask() -> None:
    """
    Several test processes start at the same time; one installs, the others wait for it.
    """
    said: list[str] = []
    found: list[Environment] = []

    def ask() -> None:
        found.append(environments.environment_of("nobody", said.append))

    askers = [Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(found)) == 1
    assert [text.split()[1] for text in said] == ["downloading", "nobody"]
    done = found[0].run([found[0].python, "-c", "import sys; print(sys.prefix)"], Path.cwd(), {})
    assert done.stdout.strip() == str(found[0].root)


def test_new_pins_make_a_new_environment(tmp_path: Path) -> None:
    """
    What was tested is what the pins say, never what an older run has left.
    """
    before = environments.environment_of("nobody")
    (tmp_path / "pins" / "nobody" / "requirements.txt").write_text("# raised\n")
    assert environments.environment_of("nobody") != before


def test_an_installation_that_fails_for_a_moment_is_tried_again(tmp_path: Path) -> None:
    """
    A registry that is away for a moment fails no test.
    """
    once = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); "
    once += "there = p.exists(); p.touch(); sys.exit(not there)"
    made = Environment("nobody", tmp_path)
    environments._attempt(made, [sys.executable, "-c", once, str(tmp_path / "asked")])


def test_an_installation_that_fails_says_what_the_installer_said(tmp_path: Path) -> None:
    """
    The reader learns which client, which command, and why.
    """
    made = Environment("nobody", tmp_path)
    with pytest.raises(EnvironmentFailed, match=r"(?s)nobody.* said:\nno such package"):
        environments._attempt(made, [sys.executable, "-c", "exit('no such package')"])


def test_clients_see_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    A check that imported our code, or read our settings, would test something else.
    """
    monkeypatch.setenv("PYTHONPATH", str(environments.ROOT))
    monkeypatch.setenv("LIMNO_QUERY_URI", "grpc://elsewhere")
    made = environments.environment_of("nobody")
    asked = "import os; print('LIMNO_QUERY_URI' in os.environ); import limnograph"
    done: subprocess.CompletedProcess[str] = made.run([made.python, "-c", asked], tmp_path, {})
    assert done.stdout.startswith("False")
    assert "No module named 'limnograph'" in done.stdout


def test_a_client_that_is_not_built_for_this_python_says_so(tmp_path: Path) -> None:
    """
    Old clients stand on packages that newer Pythons cannot have; the others are tested there too.
    """
    asked = tmp_path / "pins" / "nobody" / "requirements.in"
    asked.write_text("# python<3.11: it is old\nnobody==1\n")
    assert environments.beyond_reach("nobody") == "nobody needs Python older than 3.11: it is old"
    asked.write_text("# python<4.0: it is young\nnobody==1\n")
    assert environments.beyond_reach("nobody") == ""
    asked.write_text("nobody==1\n")
    assert environments.beyond_reach("nobody") == ""
