"""Which tokens open a door, and which do not."""

import base64
import json
import time
from collections.abc import Callable, Iterator

import pytest

from auth.errors import ProviderUnavailable, Unauthenticated
from auth.limits import CLOCK_SKEW_S
from auth.provider_keys import ProviderKeys
from auth.settings import Issuer
from auth.tokens import Tokens
from tests.auth.provider import AUDIENCE, Provider


@pytest.fixture(scope="module", params=["RS256", "ES256", "Ed25519"])
def of_each_kind(request: pytest.FixtureRequest) -> Iterator[Provider]:
    made = Provider(request.param)
    yield made
    made.close()


@pytest.fixture(scope="module")
def fixed() -> Iterator[Provider]:
    """A provider that no test changes."""
    made = Provider()
    yield made
    made.close()


def tokens(provider: Provider, **settings: object) -> Tokens:
    issuer = Issuer(**(provider.settings | settings))
    return Tokens([issuer], time.time, lambda one: ProviderKeys(one.issuer, one.jwks_uri))


def test_a_good_token_of_each_signature_is_taken(of_each_kind: Provider) -> None:
    """
    RS256, ES256 and Ed25519 are taken, with the keys that discovery leads to.
    """
    principal = tokens(of_each_kind).check(of_each_kind.token()).principal
    assert (principal.subject, principal.issuer, principal.kind) == (
        "ada",
        of_each_kind.issuer,
        "person",
    )
    assert (principal.email, principal.name) == ("ada@example.org", "Ada")
    assert principal.roles == {"reader"}


def test_the_old_name_of_ed25519_is_taken() -> None:
    """
    Most providers still sign with `EdDSA`, and a library's warning about it stops nobody.
    """
    provider = Provider("Ed25519")
    try:
        signed = provider.token()
        _, payload, _ = signed.split(".")
        head = base64.urlsafe_b64encode(
            json.dumps({"alg": "EdDSA", "kid": provider.keys[-1].kid}).encode()
        ).decode()
        body = f"{head.rstrip('=')}.{payload}"
        signature = provider.keys[-1].private_key.sign(body.encode())
        token = f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        assert tokens(provider).check(token).principal.subject == "ada"
    finally:
        provider.close()


def _with_another_payload(provider: Provider) -> str:
    head, _, signature = provider.token().split(".")
    claims = json.dumps(provider.claims(sub="eve")).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.{signature}"


def _critical(provider: Provider) -> str:
    """Return a token, well signed, that asks not to be taken unless `exotic` is understood."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    key = provider.keys[-1]
    head = {"alg": "RS256", "kid": key.kid, "crit": ["exotic"], "exotic": 1}
    body = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (head, provider.claims())
    )
    signature = key.private_key.sign(body.encode(), PKCS1v15(), SHA256())
    return f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _headed(provider: Provider, header: dict[str, object]) -> str:
    """Return a token of a header that no library would write."""
    _, payload, signature = provider.token().split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{payload}.{signature}"


BAD: dict[str, Callable[[Provider], str]] = {
    "nothing like a token": lambda _: "garbage",
    "three parts of nothing": lambda _: "a.b.c",
    "deep JSON": lambda _: base64.urlsafe_b64encode(b"[" * 9_000).decode() + ".e30.x",
    "expired": lambda p: p.token(exp=int(time.time()) - CLOCK_SKEW_S - 1),
    "without an end": lambda p: p.token(exp=None),
    "an end that is text": lambda p: p.token(exp="9999999999"),
    "an end that is true": lambda p: p.token(exp=True),
    "an end that is infinite": lambda p: p.token(exp=1e300),
    "not yet valid": lambda p: p.token(nbf=int(time.time()) + CLOCK_SKEW_S + 30),
    "wrong issuer": lambda p: p.token(iss="https://elsewhere.example.org"),
    "issuer with a slash more": lambda p: p.token(iss=p.issuer + "/"),
    "without an issuer": lambda p: p.token(iss=None),
    "wrong audience": lambda p: p.token(aud="another"),
    "audience that only contains ours": lambda p: p.token(aud=f"{AUDIENCE}-2"),
    "without an audience": lambda p: p.token(aud=None),
    "alg none": lambda p: p.without_signature(),
    "alg None in other letters": lambda p: p.without_signature("nOnE"),
    "alg of ours without a signature": lambda p: p.without_signature("RS256") + "AAAA",
    "HS256 with the public key": lambda p: p.signed_with_the_public_key(),
    "signed with another key": lambda p: p.of_another_key(),
    "unknown kid": lambda p: p.of_an_unknown_key(),
    "kid that is a number": lambda p: _headed(p, {"alg": "RS256", "kid": 7}),
    "no alg": lambda p: _headed(p, {"kid": "first"}),
    "alg that is a list": lambda p: _headed(p, {"alg": ["RS256"], "kid": "first"}),
    "RS512, which is not on the list": lambda p: p.token(header={"alg": "RS512"}),
    "a logout token": lambda p: p.token(header={"typ": "logout+jwt"}),
    "without a subject": lambda p: p.token(sub=None),
    "an endless subject": lambda p: p.token(sub="a" * 300),
    "a changed payload": _with_another_payload,
    "a critical header": _critical,
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_opens_nothing(fixed: Provider, kind: str) -> None:
    """
    Whatever is wrong with a token, the answer is that there is no credential.
    """
    with pytest.raises(Unauthenticated):
        tokens(fixed).check(BAD[kind](fixed))


def test_clocks_may_differ_a_little(fixed: Provider) -> None:
    """
    A token is taken within the named skew, at both of its ends.
    """
    now = int(time.time())
    checked = tokens(fixed)
    assert checked.check(fixed.token(exp=now - CLOCK_SKEW_S + 20))
    assert checked.check(fixed.token(nbf=now + CLOCK_SKEW_S - 20))


def test_one_of_several_audiences_is_enough(fixed: Provider) -> None:
    """
    A token may be for other applications, too.
    """
    assert tokens(fixed).check(fixed.token(aud=["another", AUDIENCE]))


def test_a_key_without_an_id_is_found_when_it_is_the_only_one(provider: Provider) -> None:
    """
    Small providers name no key ids; with two keys a token without one is nobody's.
    """
    checked = tokens(provider)
    assert checked.check(provider.token(header={"kid": None}))
    provider.rotate("second")
    with pytest.raises(Unauthenticated):
        tokens(provider).check(provider.token(header={"kid": None}))


def test_a_provider_that_is_away_never_makes_a_token_wrong(provider: Provider) -> None:
    """
    Where a token could be good, the answer to an outage is to come again.
    """
    provider.away = True
    with pytest.raises(ProviderUnavailable):
        tokens(provider).check(provider.token())


def test_a_token_of_an_unknown_issuer_asks_nobody(provider: Provider) -> None:
    """
    A stranger cannot make the service fetch what it likes.
    """
    with pytest.raises(Unauthenticated):
        tokens(provider).check(provider.token(iss="http://127.0.0.1:1"))
    assert provider.asked == []


def test_two_issuers_do_not_speak_for_each_other(provider: Provider, fixed: Provider) -> None:
    """
    A token of one that names the other as its issuer is signed with the wrong key.
    """
    both = Tokens(
        [Issuer(**provider.settings), Issuer(**fixed.settings)],
        time.time,
        lambda one: ProviderKeys(one.issuer),
    )
    assert both.check(provider.token()).principal.issuer == provider.issuer
    assert both.check(fixed.token()).principal.issuer == fixed.issuer
    with pytest.raises(Unauthenticated):
        both.check(provider.token(iss=fixed.issuer))
