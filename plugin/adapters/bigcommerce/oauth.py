"""Install, load, uninstall, remove user: a code becomes a token, a signed payload becomes claims we may believe.

`web/install.py` calls both. The code exchange is the only proof an install carries, so nothing is believed before it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import jwt
from jwt.types import Options
from pydantic import Field, ValidationError

from plugin.adapters.bigcommerce.client import STORE_HASH, Connections, Unanswered, safe_base_url
from plugin.adapters.bigcommerce.errors import Refusal, explanation_of, parsed, waiting_time
from plugin.adapters.bigcommerce.payloads import Payload, Text, read
from plugin.domain.ids import TenantId
from plugin.domain.saying import said
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.directory import AppUser, Grant

ISSUER = "bc"
LONGEST_PATH = 1024
LEEWAY = timedelta(seconds=60)
"""BigCommerce's clock and ours differ; a payload from the near future is not a forgery."""
TIMES_ARE_OURS: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""The library would ask the machine's clock; ours may be moved, and a simulated shop's with it."""


class NotAuthentic(Exception):
    """A signed payload that BigCommerce did not sign for us, or not now."""


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """Who we are at BigCommerce's login."""

    client_id: str
    client_secret: str
    redirect_uri: str
    """The auth callback, exactly as registered."""
    login_url: str


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """Who opened, uninstalled or left the app. `path` is where to go inside it; always below our own address."""

    tenant_id: TenantId
    user: AppUser
    owner_id: int
    path: str
    channel_id: int | None
    payload_id: str
    """Names this payload; a reload of the iframe sends the same one again."""


class UserClaims(Payload):
    id: int
    email: Text = ""
    locale: Text = ""


class Claims(Payload):
    iat: int
    exp: int
    nbf: int | None = None
    sub: str
    user: UserClaims
    owner: UserClaims
    url: Text = ""
    channel_id: int | None = None
    jti: Text = ""

    def is_timely(self, now: datetime) -> bool:
        at, leeway = now.timestamp(), LEEWAY.total_seconds()
        return max(self.iat, self.nbf or 0) - leeway <= at < self.exp + leeway


class TokenPayload(Payload):
    access_token: str = Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")
    scope: Text = ""
    context: str
    user: UserClaims
    owner: UserClaims | None = None


def exchange_code(connections: Connections, app: AppIdentity, *, code: str, scope: str, context: str) -> Grant:
    """Turn the one-time code into a token. The store is the one the answer names, not the one the browser brought.

    Raises GiveUp("rejected") for a code that is used up or not ours, RetryLater when the login server is away.
    """
    body = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": code,
        "context": context,
        "scope": scope,
        "grant_type": "authorization_code",
        "redirect_uri": app.redirect_uri,
    }
    try:
        raw = connections.send("POST", f"{safe_base_url(app.login_url)}/oauth2/token", json_body=body)
    except Unanswered as lost:
        words = said("The login server gave no answer: %(what)s.", what=lost.said)
        raise RetryLater(words, outcome_unknown=lost.was_sent) from lost
    if raw.status == 200:
        return _grant_of(read(TokenPayload, parsed(raw.body), "token answer"))
    refusal = Refusal(
        what="POST /oauth2/token",
        status=raw.status,
        explanation=explanation_of(parsed(raw.body)),
        after=waiting_time(raw.headers, raw.status),
        may_have_worked=True,
    )
    error = refusal.as_error()
    # 401, 403 and 404 mean the same here as 400: this code will never become a token.
    raise error if isinstance(error, RetryLater) else GiveUp("rejected", error.said)


def read_signed_payload(token: str, *, client_id: str, client_secret: str, now: datetime) -> SignedPayload:
    """Check algorithm, signature, audience, issuer and times; raises NotAuthentic."""
    try:
        raw: dict[str, Any] = jwt.decode(
            token,
            client_secret,
            algorithms=["HS256"],
            audience=client_id,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "aud", "iss"], **TIMES_ARE_OURS},
        )
        claims = Claims.model_validate(raw)
    except jwt.PyJWTError as error:
        raise NotAuthentic(f"The signed payload was refused: {error}.") from error
    except ValidationError as error:
        raise NotAuthentic("The signed payload lacks a claim we need.") from error
    if not claims.is_timely(now):
        raise NotAuthentic("The signed payload is too old, or from a time to come.")
    return SignedPayload(
        tenant_id=_tenant_of(claims.sub),
        user=AppUser(
            user_id=claims.user.id,
            email=claims.user.email,
            locale=claims.user.locale,
            is_owner=claims.user.id == claims.owner.id,
        ),
        owner_id=claims.owner.id,
        path=_own_path(claims.url),
        channel_id=claims.channel_id,
        payload_id=claims.jti,
    )


def _grant_of(payload: TokenPayload) -> Grant:
    try:
        tenant = _tenant_of(payload.context)
    except NotAuthentic as error:
        raise GiveUp("rejected", said("%(context)r names no store.", context=payload.context[:80])) from error
    # Older answers name no owner; whoever installs then is one.
    owner = payload.owner or payload.user
    user = AppUser(
        user_id=payload.user.id,
        email=payload.user.email,
        locale=payload.user.locale,
        is_owner=payload.user.id == owner.id,
    )
    return Grant(tenant_id=tenant, access_token=payload.access_token, scopes=tuple(payload.scope.split()), user=user)


def _tenant_of(context: str) -> TenantId:
    prefix, _slash, store_hash = context.partition("/")
    if prefix != "stores" or not STORE_HASH.fullmatch(store_hash):
        raise NotAuthentic(f"{context[:80]!r} names no store.")
    return TenantId(store_hash)


def _own_path(url: str) -> str:
    """A deep link, if it stays with us: one slash, no host, no backslash, no control character. Else the first page."""
    is_ours = url.startswith("/") and not url.startswith("//")
    is_clean = url.isprintable() and "\\" not in url and len(url) <= LONGEST_PATH
    climbs = ".." in unquote(url.partition("?")[0]).split("/")
    return url if is_ours and is_clean and not climbs else "/"
