"""Settings of authentication, the same for every service of a lake."""

import json
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from assets.storage.settings import Settings
from auth.loopback import is_loopback
from auth.principal import Role

UNPROTECTED = "LIMNO_AUTH_I_KNOW_THAT_ANYBODY_CAN_READ_EVERYTHING"


class Issuer(BaseModel):
    """
    An OpenID provider whose tokens are taken, and what its claims mean here.

    A claim is named by its path, as `realm_access.roles`; a name that has dots itself is tried
    first.

    Attributes:
        issuer: As in the `iss` of its tokens; its discovery document is found below.
        audience: One that must stand in the `aud` of tokens; of another application is not ours.
        jwks_uri: Where its keys are, instead of where its discovery document says.
        default_roles: What each of its principals has.
        roles_claim: Claim with the names of roles or groups.
        roles: What such a name means here.
        admins: Subjects, or addresses that the provider has verified, that are administrators.
        read_audiences_claim: Claim with the audiences that may be read; empty: all of them.
        write_audience_claim: Claim with the audience of what is sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    audience: str = Field(min_length=1)
    jwks_uri: str = ""
    default_roles: tuple[Role, ...] = ("reader",)
    roles_claim: str = ""
    roles: dict[str, tuple[Role, ...]] = Field(default_factory=dict)
    admins: tuple[str, ...] = ()
    read_audiences_claim: str = ""
    write_audience_claim: str = ""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        for what, url in (("issuer", self.issuer), ("jwks_uri", self.jwks_uri)):
            if url or what == "issuer":
                check_provider_url(what, url)
        if self.roles and not self.roles_claim:
            raise ValueError("roles without roles_claim have nothing to be read from")
        return self


def check_provider_url(what: str, url: str) -> None:
    """
    Return if what stands at *url* may be trusted: https, or this machine.

    Raises:
        ValueError: It may not.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return
    raise ValueError(f"{what} {url!r:.200} is no https:// URL (http:// only on this machine)")


def _issuers(value: Any) -> Any:
    """Read the JSON of the variable, or what stands in the file, in words for whoever wrote it."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as exc:
            raise ValueError(f"it is not JSON: {exc}") from None
    if not isinstance(value, list | tuple):
        raise ValueError('it is no list: [{"issuer": "https://...", "audience": "..."}]')  # noqa: TRY004 (pydantic asks for it)
    try:
        return tuple(one if isinstance(one, Issuer) else Issuer(**dict(one)) for one in value)
    except ValidationError as exc:
        error = exc.errors()[0]
        place = ".".join(str(part) for part in error["loc"])
        raise ValueError(f"{place}: {error['msg']}".removeprefix(": ")) from None
    except TypeError:
        raise ValueError("each of its entries must be an object") from None


class AuthSettings(Settings):
    """Who may come in: the same for receiver and query service."""

    toml_section: ClassVar[str] = "auth"
    model_config = SettingsConfigDict(env_prefix="LIMNO_AUTH_")

    issuers: Annotated[tuple[Issuer, ...], NoDecode, BeforeValidator(_issuers)] = Field(
        default=(),
        description="OpenID providers whose tokens are taken, a JSON list of objects with `issuer` "
        "and `audience`; security.md lists the rest. With one, every door wants a credential.",
    )
    required: bool = Field(
        default=False,
        description="Every door wants a credential also on the loopback address without any "
        "issuer: set it where a proxy makes the doors reachable for others.",
    )
    disabled: bool = Field(
        default=False,
        description="No door wants a credential, whatever else is set; services listen on the "
        "loopback address only then.",
    )
    i_know_that_anybody_can_read_everything: bool = Field(
        default=False,
        description="With LIMNO_AUTH_DISABLED, listen on other addresses as well: whoever reaches "
        "them reads, writes and deletes everything.",
    )
