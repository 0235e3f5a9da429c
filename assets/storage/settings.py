"""
Settings of every service: one frozen class each, from LIMNO_* variables and limnograph.toml.

A subclass names its TOML section; a field ``port`` of section ``ingest`` is read from
``LIMNO_INGEST_PORT``, then from ``port`` in ``[ingest]``. Variables win over the file. The file is
``limnograph.toml`` in the working directory, or what ``LIMNO_CONFIG`` names.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from assets.errors import LakeError
from assets.storage.objects.opening import check_root_uri

CONFIG_VARIABLE = "LIMNO_CONFIG"
CONFIG_FILE = "limnograph.toml"

PROMOTED_KEYS_MAX = 16
"""Default of the setting: so many keys of a map column get a column of their own, others none."""

PROMOTED_BITS = 62
"""More promoted keys of one map column have no bit in its mask; the setting refuses more."""


class WrongSettings(LakeError):
    """A setting is missing or cannot be used; the message says which, and what it means."""

    code = "settings"


class Settings(BaseSettings):
    """
    Base of the settings classes; every field has a description, which the reference page prints.

    Attributes:
        toml_section: Section of limnograph.toml that holds the fields; set by each subclass.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="LIMNO_", env_ignore_empty=True, extra="forbid"
    )
    toml_section: ClassVar[str] = ""

    def __init__(self, **values: Any) -> None:
        """
        Read the settings; *values* win over environment and file.

        Raises:
            WrongSettings: Each setting that is wrong, by the name under which it was set.
        """
        try:
            super().__init__(**values)
        except ValidationError as exc:
            lines = [_explained(type(self), error) for error in exc.errors()]
            raise WrongSettings("\n".join(lines)) from None  # the cause would print passwords

    @classmethod
    def variable(cls, field: str) -> str:
        """Return the environment variable of a field."""
        return f"{cls.model_config.get('env_prefix', '')}{field}".upper()

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


def config_path() -> Path | None:
    """Return the configuration file in use, None when there is none."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_FILE)
    return path if named or path.exists() else None


def read_config() -> dict[str, Any]:
    """
    Return all sections of the configuration file; nothing when there is no default file.

    Raises:
        WrongSettings: The file cannot be read, or is not TOML.
    """
    path = config_path()
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise WrongSettings(
            f"the settings file {path} cannot be read ({exc.strerror}): {CONFIG_VARIABLE} names "
            f"it; without that variable it is {CONFIG_FILE} in the working directory, if there"
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise WrongSettings(f"the settings file {path} is not valid TOML: {exc}") from exc


def closest(name: str, known: Iterable[str]) -> str:
    """Return a question that names what *name* was probably meant to be, else nothing."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _toml_section(name: str) -> dict[str, Any]:
    section = read_config().get(name, {})
    if not isinstance(section, dict):
        raise WrongSettings(
            f"{name!r} in {config_path()} must be a section: write [{name}] above its keys"
        )
    return dict(section)


def _explained(settings: type[Settings], error: ErrorDetails) -> str:
    """Return one problem in the words of whoever set it; values that may be secret are left out."""
    field = str(error["loc"][0]) if error["loc"] else ""
    known = settings.model_fields.get(field)
    where = f"[{settings.toml_section}] of {config_path()}"
    if known is None:
        keys = closest(field, settings.model_fields)
        return f"{where} has a key {field!r}, which is not a setting{keys}"
    variable = settings.variable(field)
    if error["type"] == "missing":
        key = f"or {field!r} in [{settings.toml_section}] of {CONFIG_FILE}"
        return f"{variable} is not set ({key}): {known.description}"
    is_of_file = not os.environ.get(variable) and field in _toml_section(settings.toml_section)
    set_by = f"{field!r} in {where}" if is_of_file else variable
    value = error["input"]
    shown = f" {value!r}" if isinstance(value, str | int | float) and _is_public(field) else ""
    said = error["msg"].removeprefix("Value error, ").rstrip(".")
    meaning = f". It means: {known.description}" if known.description else ""
    return f"{set_by}:{shown} cannot be used: {said}{meaning}"


def _is_public(field: str) -> bool:
    return not any(word in field for word in ("url", "key", "secret"))


def _postgres_url(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("it does not begin with postgresql://")
    try:
        conninfo_to_dict(url)
    except ProgrammingError as exc:
        raise ValueError(str(exc).strip()) from None
    return url


def _root_uri(uri: str) -> str:
    check_root_uri(uri)
    return uri


def _promoted(text: str) -> str:
    for item in filter(None, (part.strip() for part in text.split(","))):
        if len([part for part in item.split(".", 2) if part]) != 3:
            raise ValueError(f"{item!r} is not view.column.key")
    return text


PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
RootUri = Annotated[str, AfterValidator(_root_uri)]
PromotedKeys = Annotated[str, AfterValidator(_promoted)]


class LakeSettings(Settings):
    """Where the lake lives: its metadata database and its object store."""

    toml_section: ClassVar[str] = "lake"

    database_url: PostgresUrl = Field(
        description="Postgres connection URL of the metadata, postgresql://user:password@host/name."
    )
    root_uri: RootUri = Field(
        description="Where segments and tables are kept: file:///path or s3://bucket/prefix."
    )
    promoted_keys_max: int = Field(
        default=PROMOTED_KEYS_MAX,
        ge=0,
        le=PROMOTED_BITS,
        description="Keys of one map column (properties) that get a column of their own, the most "
        "frequent first: queries of such a key read that column instead of the map.",
    )
    promoted_properties: PromotedKeys = Field(
        default="",
        description="Keys that get a column of their own however rare they are, as "
        "view.column.key with commas between: log_entries.properties.route.",
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

    @property
    def promoted(self) -> tuple[tuple[str, str, str], ...]:
        """View, map column and key of each of ``promoted_properties``."""
        items = (part.strip() for part in self.promoted_properties.split(","))
        split = [tuple(item.split(".", 2)) for item in items if item]
        return tuple((view, column, key) for view, column, key in split)
