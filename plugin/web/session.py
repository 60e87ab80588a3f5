"""Who is looking, without cookies: signed tokens bound to one store and one user travel with each request (ADR 11).

A *session token* (Authorization header, hidden form field) reads and writes. A *ticket* stands in addresses, lives for
minutes and only reads. The cookie holds a session token and only reads. install.py signs in; admin's guard calls `who`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Request, Response
from itsdangerous import BadData, URLSafeSerializer

from plugin.domain.ids import TenantId
from plugin.services.ports.system import Clock

SESSION_LIFE = timedelta(hours=12)
TICKET_LIFE = timedelta(minutes=30)
COOKIE = "backorder_session"
FIELD = "session"
PARAMETER = "t"
READING = frozenset({"GET", "HEAD"})
LONGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user of one store. `ends` in seconds since the epoch; renewed only by the control panel."""

    tenant_id: TenantId
    user_id: int
    ends: int


class Sessions:
    """Signs and opens both kinds of token. The first key signs, all are accepted, so keys can be changed."""

    def __init__(self, keys: Sequence[str], clock: Clock) -> None:
        self._clock = clock
        self._tokens = _serializer(keys, salt="session")
        self._tickets = _serializer(keys, salt="ticket")

    def begin(self, tenant: TenantId, user_id: int) -> Session:
        return Session(tenant, user_id, self._now() + int(SESSION_LIFE.total_seconds()))

    def token(self, session: Session) -> str:
        return self._sign(self._tokens, session, until=session.ends)

    def ticket(self, session: Session) -> str:
        return self._sign(
            self._tickets, session, until=min(session.ends, self._now() + int(TICKET_LIFE.total_seconds()))
        )

    def who(self, request: Request) -> Session | None:
        """The session a request proves. What names itself counts before the cookie, and the cookie never writes."""
        if given := _bearer(request) or request.form.get(FIELD, ""):
            return self._open(self._tokens, given)
        if request.method not in READING:
            return None
        if given := request.args.get(PARAMETER, ""):
            found = self._open(self._tickets, given)
            if found:
                return found
        return self._open(self._tokens, request.cookies.get(COOKIE, ""))

    def remember(self, response: Response, session: Session, *, path: str) -> None:
        """Set the convenience cookie, for this store's pages only, kept apart per embedding site."""
        response.set_cookie(
            COOKIE,
            self.token(session),
            max_age=max(0, session.ends - self._now()),
            path=path,
            secure=True,
            httponly=True,
            samesite="None",
            partitioned=True,
        )

    def _sign(self, serializer: URLSafeSerializer, session: Session, *, until: int) -> str:
        signed = serializer.dumps([session.tenant_id, session.user_id, session.ends, until])
        return signed if isinstance(signed, str) else signed.decode("ascii")

    def _open(self, serializer: URLSafeSerializer, text: str) -> Session | None:
        if not text or len(text) > LONGEST_TOKEN:
            return None
        try:
            tenant, user_id, ends, until = serializer.loads(text)
        except (BadData, ValueError, TypeError):
            return None
        return Session(TenantId(tenant), user_id, ends) if self._now() < until else None

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _serializer(keys: Sequence[str], *, salt: str) -> URLSafeSerializer:
    oldest_first = list(reversed(keys))
    signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(oldest_first, salt=f"backorder.web.{salt}", signer_kwargs=signer)


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
