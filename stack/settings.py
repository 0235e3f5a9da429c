"""Settings of the launcher: where one machine keeps its data, and the ports of what it starts."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from assets.storage.settings import LakeSettings, PostgresUrl, RootUri, Settings


def default_data_dir() -> Path:
    """
    Return where data is kept when nothing is set.

    For root it lies outside of root's home, which the account that runs Postgres cannot enter.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/limnograph")
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "limnograph"


class StackSettings(Settings):
    """What `limnod up` starts on one machine, and where."""

    toml_section: ClassVar[str] = "stack"

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description=(
            "Folder of everything that this machine keeps: embedded Postgres, local lake, Dagster, "
            "logs. Default: /var/lib/limnograph for root, else ~/.local/share/limnograph. Started "
            "by root, it must lie where the Postgres account can enter (not below /root)."
        ),
    )
    postgres_port: int = Field(
        default=9484,
        ge=0,
        le=65535,
        description="Port of the embedded Postgres; 0 picks a free one once and keeps it.",
    )
    postgres_account: str = Field(
        default="nobody",
        description="Existing unprivileged account that runs the embedded Postgres under root.",
    )
    dagster: bool = Field(
        default=True,
        description="Start Dagster (web UI, daemon, code server); without it nothing materializes.",
    )
    dagster_host: str = Field(
        default="127.0.0.1", description="Address that the Dagster UI listens on; it has no login."
    )
    dagster_port: int = Field(
        default=9483, ge=0, le=65535, description="Port of the Dagster UI; 0 picks a free one."
    )
    dagster_database_url: SecretStr | None = Field(
        default=None,
        description=(
            "Postgres database for Dagster's own records. Default: database `dagster` in the "
            "embedded Postgres, or `<name>_dagster` beside the lake's database."
        ),
    )
    probe: bool = Field(
        default=True,
        description=(
            "`limnod up` runs the probe: known events through the receiver's door each minute, "
            "looked for in SQL."
        ),
    )
    probe_interval_s: float = Field(
        default=60.0, gt=0, description="Seconds between two rounds of the probe."
    )


def _described(field: str) -> str | None:
    return LakeSettings.model_fields[field].description


class GivenLakeSettings(LakeSettings):
    """The lake's settings as far as they are set; empty where `limnod` supplies the default."""

    model_config = SettingsConfigDict(validate_default=False)

    database_url: PostgresUrl = Field(default="", description=_described("database_url"))
    root_uri: RootUri = Field(default="", description=_described("root_uri"))
