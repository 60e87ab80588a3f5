"""Every call to BigCommerce goes through `BigCommerceClient.call`: one session, timeouts, quota, the error table.

`store.py` builds the calls; `rate_limit.py` says whether the store has quota left; `errors.py` reads refusals. The only
module that imports requests.
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.utils
from urllib3.exceptions import MaxRetryError, NewConnectionError

from plugin.adapters.bigcommerce.errors import Refusal, explanation_of, parsed, waiting_time
from plugin.adapters.bigcommerce.rate_limit import NoQuota, Quota
from plugin.domain.ids import TenantId
from plugin.domain.saying import Saying, said
from plugin.services.errors import GiveUp, RetryLater

Method = Literal["GET", "POST", "PUT", "DELETE"]
Query = Mapping[str, str | int]

USER_AGENT = "Backorder (+https://github.com/backorder-app/backorder)"
TIMEOUTS = (5.0, 30.0)
"""Seconds to connect and to read. BigCommerce publishes no numbers; its slowest bulk reads take a few seconds."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
STORE_HASH = re.compile(r"[a-z0-9]{1,64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as a value. A call that is not repeatable may do its work twice when it is sent twice."""

    method: Method
    path: str
    """Below the store, such as `/v3/catalog/products`."""
    query: Query = field(default_factory=dict)
    json: Any = None
    is_repeatable: bool = True
    is_urgent: bool = False
    accepts: frozenset[int] = frozenset()
    """Statuses the caller wants to see as an answer instead of an error."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def data(self) -> Any:
        """What a v3 answer wraps in `data`; a few endpoints forget to."""
        return self.body.get("data", self.body) if isinstance(self.body, dict) else self.body

    @property
    def rows(self) -> list[Any]:
        """The rows of a list: of a v2 array, of a v3 `data`, or none (204 is v2's empty list)."""
        return self.data if isinstance(self.data, list) else []

    @property
    def has_next_page(self) -> bool:
        """Whether a v3 list says that there is more."""
        meta = self.body.get("meta") if isinstance(self.body, dict) else None
        pagination = meta.get("pagination") if isinstance(meta, dict) else None
        if not isinstance(pagination, dict):
            return False
        return int(pagination.get("current_page") or 1) < int(pagination.get("total_pages") or 1)


@dataclass(frozen=True, slots=True)
class Called:
    """What telemetry, tests and the benchmark count. `status` 0: no answer came."""

    tenant_id: TenantId | None
    method: str
    path: str
    status: int
    seconds: float
    request_id: str = ""
    body: Any = None
    """What was sent: to be looked into, never to be kept."""


OnCall = Callable[[Called], None]


def uncounted(_called: Called) -> None:
    """For callers that count nothing."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(Exception):
    """No answer came. `was_sent` False: the other side cannot have seen the request."""

    def __init__(self, reason: Saying, *, was_sent: bool, is_timeout: bool) -> None:
        super().__init__(str(reason))
        self.said = reason
        self.was_sent = was_sent
        self.is_timeout = is_timeout


class Connections:
    """One kept-alive session per process, for all stores. Cookies are never kept, so threads may share it."""

    def __init__(self, *, user_agent: str = USER_AGENT, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self._user_agent = user_agent
        self._timeouts = timeouts
        self._process_id = 0
        self._session: requests.Session | None = None

    def send(
        self, method: str, url: str, *, query: Query | None = None, json_body: Any = None, token: str = ""
    ) -> RawAnswer:
        """Send one request and read the whole answer, or raise Unanswered."""
        headers = {"X-Auth-Token": token} if token else {}
        content = None
        if json_body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(json_body, separators=(",", ":")).encode()
        try:
            response = self._open_session().request(
                method,
                url,
                params=query,
                data=content,
                headers=headers,
                timeout=self._timeouts,
                proxies=proxies_for(urlsplit(url).netloc),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _unanswered(error) from error
        return RawAnswer(response.status_code, response.headers, response.content)

    def _open_session(self) -> requests.Session:
        # A forked worker must not share its parent's sockets.
        if self._session is None or self._process_id != os.getpid():
            self._process_id, self._session = os.getpid(), self._new_session()
        return self._session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update({"Accept": "application/json", "User-Agent": self._user_agent})
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # netrc and the environment, asked again for every request, would cost a millisecond each.
        session.trust_env = False
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=32)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


class BigCommerceClient:
    """Calls one store with one token."""

    def __init__(
        self,
        connections: Connections,
        *,
        api_url: str,
        tenant_id: TenantId,
        access_token: str,
        quota: Quota | None = None,
        on_call: OnCall = uncounted,
    ) -> None:
        if not STORE_HASH.fullmatch(tenant_id):
            raise GiveUp("internal", said("%(tenant)r is not a store hash.", tenant=tenant_id))
        self.tenant_id = tenant_id
        self._connections = connections
        self._base_url = f"{safe_base_url(api_url)}/stores/{tenant_id}"
        self._access_token = access_token
        self._quota = quota or NoQuota()
        self._on_call = on_call

    def call(self, call: Call) -> Answer:
        """Send a call and return its answer.

        Raises RetryLater, GiveUp or AccessRevoked for every status that is neither success nor accepted by the call.
        """
        try:
            raw = self._send(call)
        except Unanswered as lost:
            if call.is_repeatable and not lost.is_timeout:
                raw = self._send_again(call)
            else:
                raise _later(call, lost) from lost
        return self._answer(call, raw)

    def _send_again(self, call: Call) -> RawAnswer:
        """A kept-alive connection may have been closed under us: try once more, at once."""
        try:
            return self._send(call)
        except Unanswered as lost:
            raise _later(call, lost) from lost

    def _send(self, call: Call) -> RawAnswer:
        self._quota.take(self.tenant_id, is_urgent=call.is_urgent)
        started, status, request_id = perf_counter(), 0, ""
        try:
            raw = self._connections.send(
                call.method,
                self._base_url + call.path,
                query=call.query,
                json_body=call.json,
                token=self._access_token,
            )
            status, request_id = raw.status, raw.headers.get("X-Request-Id", "")
        finally:
            seconds = perf_counter() - started
            self._on_call(Called(self.tenant_id, call.method, call.path, status, seconds, request_id, call.json))
        self._quota.learn(self.tenant_id, raw.headers, was_refused=status == 429)
        return raw

    def _answer(self, call: Call, raw: RawAnswer) -> Answer:
        body = parsed(raw.body) if raw.body.strip() else None
        if 200 <= raw.status < 300:
            if body is None and raw.body.strip():
                raise _unreadable(call, raw)
            return Answer(raw.status, body)
        if raw.status in call.accepts:
            return Answer(raw.status, body)
        raise Refusal(
            what=str(call),
            status=raw.status,
            explanation=explanation_of(body),
            after=waiting_time(raw.headers, raw.status),
            may_have_worked=not call.is_repeatable,
        ).as_error()


def safe_base_url(url: str) -> str:
    """Refuse addresses that would carry a token in the clear, except on this machine (the sandbox)."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url.rstrip("/")
    raise GiveUp("internal", said("%(url)s is not https; an access token would travel in the clear.", url=url))


@cache
def proxies_for(host: str) -> dict[str, str]:
    """The proxies the environment wants for a host; none for this machine."""
    if urlsplit(f"//{host}").hostname in LOOPBACK:
        return {}
    return requests.utils.get_environ_proxies(f"https://{host}")


def in_chunks(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _later(call: Call, lost: Unanswered) -> RetryLater:
    return RetryLater(
        said("No answer to %(call)s: %(what)s", call=str(call), what=lost.said),
        outcome_unknown=lost.was_sent and not call.is_repeatable,
    )


def _unreadable(call: Call, raw: RawAnswer) -> Exception:
    """JSON that breaks off was cut on its way and may be whole the next time; anything else is none."""
    if raw.body.lstrip()[:1] in (b"{", b"["):
        return RetryLater(
            said("The store's answer to %(call)s broke off.", call=str(call)), outcome_unknown=not call.is_repeatable
        )
    words = said("The store answers %(call)s with %(status)s, but not in JSON.", call=str(call), status=raw.status)
    return GiveUp("rejected", words)


def _unanswered(error: requests.RequestException) -> Exception:
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return GiveUp("internal", said("The request cannot be sent: %(error)s.", error=type(error).__name__))
    is_timeout = isinstance(error, requests.Timeout)
    reason = said("no answer in time") if is_timeout else said("the connection was lost")
    was_sent = not (isinstance(error, requests.ConnectTimeout) or _never_connected(error))
    return Unanswered(reason, was_sent=was_sent, is_timeout=is_timeout)


def _never_connected(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
