"""Keeping our webhooks registered: create what is missing, wake what was switched off, delete all when we leave."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from plugin.adapters.bigcommerce.bulk import refusal_of
from plugin.adapters.bigcommerce.client import Answer, BigCommerceClient, Call
from plugin.adapters.bigcommerce.payloads import Hook, read_all
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import HookReport

PATH = "/v3/hooks"
PAGE = 250
SECRET_HEADER = "X-Backorder-Hook"  # noqa: S105  — the name of the header, not its value


@dataclass(frozen=True, slots=True)
class WantedHooks:
    """What should be registered: scopes of the manifest, all to one address, each with our second factor."""

    destination: str
    secret: str
    scopes: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    """Scopes a store may not know."""

    @property
    def headers(self) -> dict[str, str]:
        return {SECRET_HEADER: self.secret}


@dataclass(slots=True)
class _Report:
    created: list[str] = field(default_factory=list)
    reactivated: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def keep_hooks(client: BigCommerceClient, wanted: WantedHooks) -> HookReport:
    """List first, then do only what is missing. Optional scopes that a store refuses are not mentioned."""
    ours = {hook.scope: hook for hook in _all(client) if hook.destination == wanted.destination}
    report = _Report()
    for scope in wanted.scopes:
        hook = ours.get(scope)
        if hook is None:
            _create(client, scope, wanted, report)
        elif not hook.is_active or hook.headers != wanted.headers:
            _repair(client, hook, wanted, report)
    return HookReport(tuple(report.created), tuple(report.reactivated), tuple(report.refused))


def missing_hooks(client: BigCommerceClient, wanted: WantedHooks) -> tuple[str, ...]:
    """Scopes without a hook that is on and carries our second factor; those a store may lack are not mentioned."""
    standing = {
        hook.scope
        for hook in _all(client)
        if hook.destination == wanted.destination and hook.is_active and hook.headers == wanted.headers
    }
    return tuple(scope for scope in wanted.scopes if scope not in standing | wanted.optional)


def delete_hooks(client: BigCommerceClient) -> None:
    """Delete every hook of this app: a list shows only those of our own client id."""
    for hook in _all(client):
        client.call(Call(method="DELETE", path=f"{PATH}/{hook.id}", accepts=frozenset({404})))


def _create(client: BigCommerceClient, scope: str, wanted: WantedHooks, report: _Report) -> None:
    body = {"scope": scope, "destination": wanted.destination, "is_active": True, "headers": wanted.headers}
    # Created twice, the second is refused as a duplicate: safe to repeat.
    call = Call(method="POST", path=PATH, json=body, accepts=frozenset({400, 403, 404, 409, 422}))
    answer = client.call(call)
    if answer.is_success:
        report.created.append(scope)
    elif not _is_duplicate(call, answer) and scope not in wanted.optional:
        report.refused.append(scope)


def _repair(client: BigCommerceClient, hook: Hook, wanted: WantedHooks, report: _Report) -> None:
    changes = {"is_active": True, "headers": wanted.headers}
    answer = client.call(Call(method="PUT", path=f"{PATH}/{hook.id}", json=changes, accepts=frozenset({404})))
    if not answer.is_success:
        _create(client, hook.scope, wanted, report)
    elif not hook.is_active:
        report.reactivated.append(hook.scope)


def _is_duplicate(call: Call, answer: Answer) -> bool:
    """Whether the refusal means that the hook is there; which status says so is not documented."""
    problem: GiveUp = refusal_of(call, answer)
    words = problem.explanation.lower()
    return answer.status == 409 or any(word in words for word in ("already", "duplicate", "exists"))


def _all(client: BigCommerceClient) -> Iterable[Hook]:
    rows: list[Any] = []
    page, answer = 0, Answer(200, None)
    while page == 0 or answer.has_next_page:
        page += 1
        answer = client.call(Call(method="GET", path=PATH, query={"limit": PAGE, "page": page}))
        rows += answer.rows
    return read_all(Hook, rows, "webhook")
