"""
Settings of every service: one frozen class each, from LIMNO_* variables and limnograph.toml.

A subclass names its TOML section; a field ``port`` of section ``ingest`` is read from
``LIMNO_INGEST_PORT``, then from ``port`` in ``[ingest]``. Variables win over the file. The file is
``limnograph.toml`` in the working directory, or what ``LIMNO_CONFIG`` names.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

CONFIG_VARIABLE = "LIMNO_CONFIG"
CONFIG_FILE = "limnograph.toml"


class Settings(BaseSettings):
    """
    Base of the settings classes; every field has a description, which the reference page prints.

    Attributes:
        toml_section: Section of limnograph.toml that holds the fields; set by each subclass.
    """

    model_config = SettingsConfigDict(frozen=True, env_prefix="LIMNO_", extra="forbid")
    toml_section: ClassVar[str] = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        section = InitSettingsSource(settings_cls, _toml_section(cls.toml_section))
        return init_settings, env_settings, section


def _toml_section(name: str) -> dict[str, Any]:
    """Return a section of the configuration file; nothing when there is no default file."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_FILE)
    if not named and not path.exists():
        return {}
    section = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    return dict(section)


class LakeSettings(Settings):
    """Where the lake lives: its metadata database and its object store."""

    toml_section: ClassVar[str] = "lake"

    database_url: str = Field(
        description="Postgres connection URL of the metadata, postgresql://user:password@host/name."
    )
    root_uri: str = Field(
        description="Where segments and tables are kept: file:///path or s3://bucket/prefix."
    )
    s3_endpoint_url: str | None = Field(
        default=None, description="Endpoint of an S3-compatible store; unset means AWS itself."
    )
    s3_region: str = Field(default="us-east-1", description="Region of the bucket.")
    s3_access_key_id: str | None = Field(
        default=None, description="Access key; unset means the usual AWS credential chain."
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, description="Secret of the access key."
    )
