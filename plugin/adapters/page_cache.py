"""Purge calls to a cache in front of the storefront's answers: Fastly's, Cloudflare's, or a plain one. Implements `PageCache`.

The address comes from the operator's environment, never from a store or a shopper; redirects are not followed and answers not
read, so it cannot be turned elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import requests
import structlog

from plugin.services.errors import GiveUp, RetryLater

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = (3.05, 10)
Style = Literal["plain", "fastly", "cloudflare"]
MOST_KEYS = {"plain": 200, "fastly": 256, "cloudflare": 30}
"""What one call may name; Cloudflare's is the smallest of its plans."""
AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class HttpPageCache:
    url: str
    style: Style
    secret: str = field(repr=False)
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    @property
    def most_keys(self) -> int:
        return MOST_KEYS[self.style]

    def purge(self, keys: Sequence[str]) -> None:
        body = {"tags" if self.style == "cloudflare" else "surrogate_keys": list(keys)}
        try:
            with self.session.post(
                self.url,
                json=body,
                headers=self._headers(),
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
        except requests.RequestException as error:
            raise RetryLater(f"The cache at PURGE_URL does not answer: {type(error).__name__}.") from error
        if status in AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RetryLater(f"The cache at PURGE_URL answers {status}.")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            log.error("purge_refused", status=status, keys=len(keys))
            raise GiveUp(
                "configuration", f"The cache at PURGE_URL answers {status}: look at PURGE_STYLE and PURGE_SECRET."
            )

    def _headers(self) -> dict[str, str]:
        if not self.secret:
            return {}
        return {"Fastly-Key": self.secret} if self.style == "fastly" else {"Authorization": f"Bearer {self.secret}"}
