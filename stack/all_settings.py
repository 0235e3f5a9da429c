"""
Every settings class of the platform, and whether what is set makes sense to all of them.

A part reads only its own section. `limnod` looks at all of them before it starts anything, so that
a wrong setting of a later part stops it at once, and a misspelt name is not ignored in silence.
"""

from collections.abc import Mapping

from assets.storage.settings import (
    CONFIG_VARIABLE,
    LakeSettings,
    Settings,
    WrongSettings,
    closest,
    config_path,
    read_config,
)
from auth.settings import AuthSettings
from ingest_api.settings import IngestSettings
from orchestration.settings import OrchestrationSettings
from query_engine.settings import QuerySettings
from stack.program import STACK_ID_VARIABLE
from stack.settings import GivenLakeSettings, StackSettings

ALL_SETTINGS: tuple[type[Settings], ...] = (
    LakeSettings,
    StackSettings,
    IngestSettings,
    QuerySettings,
    AuthSettings,
    OrchestrationSettings,
)

_OTHER_VARIABLES = frozenset(
    {
        *(CONFIG_VARIABLE, STACK_ID_VARIABLE),
        # of applications and clients; sdk.md, client.md and cli.md describe them
        *("LIMNO_INGEST_URI", "LIMNO_QUERY_URI", "LIMNO_SERVICE", "LIMNO_LEVEL", "LIMNO_API_KEY"),
        *("LIMNO_STATE_DIR", "LIMNO_SPOOL_DIR", "LIMNO_LAST_WORDS", "LIMNO_ON_SIGTERM"),
        *("LIMNO_CLIENT_CONFIG", "LIMNO_PROFILE", "LIMNO_TLS_CA", "LIMNO_TLS_VERIFY"),
        "LIMNO_TIMEOUT",
    }
)


def check_all() -> None:
    """
    Read every section once.

    Raises:
        WrongSettings: All that is wrong, one line each.
    """
    problems = []
    for settings in ALL_SETTINGS:
        try:
            (GivenLakeSettings if settings is LakeSettings else settings)()
        except WrongSettings as exc:
            problems.append(str(exc))
    sections = [settings.toml_section for settings in ALL_SETTINGS]
    problems += [
        f"{config_path()} has a section or key {name!r}, which is not one of "
        f"{', '.join(sections)}{closest(name, sections)}"
        for name in (() if problems else read_config())
        if name not in sections
    ]
    if problems:
        raise WrongSettings("\n".join(dict.fromkeys(problems)))


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each LIMNO_* variable that nothing reads."""
    known = _OTHER_VARIABLES.union(
        settings.variable(field) for settings in ALL_SETTINGS for field in settings.model_fields
    )
    return [
        f"{name} is set, but there is no such setting{closest(name, known)}"
        for name in sorted(environ)
        if name.startswith("LIMNO_") and name not in known
    ]
