"""The environment of our own client has what the SDK's extras name, and nothing else of ours."""

import tomllib

from tests.interop.environments import HERE, ROOT


def test_the_pins_of_our_client_stand_for_its_extras() -> None:
    """
    Who installs limnograph[client,dbapi] gets what the check was run with.
    """
    project = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = {*project["dependencies"], *extras["client"], *extras["dbapi"]}
    asked = (HERE / "limnograph" / "requirements.in").read_text().splitlines()
    assert {*asked} == {name for name in named if not name.startswith("limnograph")}
