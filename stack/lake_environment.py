"""Which lake a single service works on: what is set, else the one that `limnod up` keeps here."""

from stack.data_directory import DataDirectory
from stack.errors import PartFailed
from stack.one_machine import LAKE_DATABASE
from stack.postgres_cluster import embedded_url
from stack.settings import GivenLakeSettings, StackSettings


def database_url_or_none(settings: StackSettings) -> str | None:
    """Return the metadata database: as set, or the embedded one of this machine."""
    given = GivenLakeSettings().database_url
    if given:
        return given
    return embedded_url(DataDirectory(settings.data_dir).postgres, LAKE_DATABASE)


def lake_environment(settings: StackSettings) -> dict[str, str]:
    """
    Return the variables that tell a service where its lake is.

    Raises:
        PartFailed: Nothing is set, and this machine keeps no lake.
    """
    given = GivenLakeSettings()
    database_url = database_url_or_none(settings)
    if database_url is None:
        raise PartFailed(
            "no lake to work on: set LIMNO_DATABASE_URL and LIMNO_ROOT_URI, or start everything "
            f"on this machine with `limnod up` (nothing is in {settings.data_dir})"
        )
    root_uri = given.root_uri or DataDirectory(settings.data_dir).lake.as_uri()
    return {"LIMNO_DATABASE_URL": database_url, "LIMNO_ROOT_URI": root_uri}
