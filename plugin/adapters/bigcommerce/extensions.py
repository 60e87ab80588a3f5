"""Our panels in the control panel's own pages of orders and products: app extensions, kept by the admin GraphQL API.

The list shows only those of our own app. What is there already is left alone, so this can be done again at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.adapters.bigcommerce.store import BigCommerceStores
from plugin.domain.ids import TenantId
from plugin.services.errors import GiveUp

PATH = "/graphql"
LIST = "query { store { appExtensions { edges { node { id url model } } } } }"
CREATE = """mutation ($input: CreateAppExtensionInput!) {
  appExtension { createAppExtension(input: $input) { appExtension { id } } }
}"""
DELETE = """mutation ($input: DeleteAppExtensionInput!) {
  appExtension { deleteAppExtension(input: $input) { deletedAppExtensionId } }
}"""


@dataclass(frozen=True, slots=True)
class PagePanel:
    """A panel beside one kind of page. `url` is a deep link into our pages; `${id}` stands for the order or product."""

    model: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class AppExtensions:
    """The panels this version wants in every store."""

    stores: BigCommerceStores
    wanted: Sequence[PagePanel]

    def keep(self, tenant: TenantId) -> int:
        """Put there what is missing, take away what is no longer wanted; returns how many were put there."""
        client = self.stores.client(tenant)
        there = {(node["model"], node["url"]): node["id"] for node in _ours(client)}
        wanted = {(panel.model, panel.url): panel for panel in self.wanted}
        for place in there.keys() - wanted.keys():
            _ask(client, DELETE, {"input": {"id": there[place]}})
        missing = [wanted[place] for place in wanted if place not in there]
        for panel in missing:
            label = {"defaultValue": panel.label, "locales": []}
            new = {"context": "PANEL", "model": panel.model, "url": panel.url, "label": label}
            _ask(client, CREATE, {"input": new}, is_repeatable=False)
        return len(missing)

    def remove(self, tenant: TenantId) -> int:
        """Returns how many were taken away."""
        client = self.stores.client(tenant)
        ours = _ours(client)
        for node in ours:
            _ask(client, DELETE, {"input": {"id": node["id"]}})
        return len(ours)


def _ours(client: BigCommerceClient) -> list[Mapping[str, Any]]:
    try:
        edges = _ask(client, LIST, {})["store"]["appExtensions"]["edges"]
        return [{name: edge["node"][name] for name in ("id", "url", "model")} for edge in edges]
    except (KeyError, TypeError) as error:
        raise GiveUp("rejected", "The store's answer does not list app extensions.") from error


def _ask(
    client: BigCommerceClient, query: str, variables: Mapping[str, Any], *, is_repeatable: bool = True
) -> Mapping[str, Any]:
    body = {"query": query, "variables": variables}
    answer = client.call(Call(method="POST", path=PATH, json=body, is_repeatable=is_repeatable)).body
    if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
        errors = answer.get("errors") if isinstance(answer, dict) else None
        said = "; ".join(str(each.get("message", each)) for each in errors or [] if isinstance(each, dict))
        raise GiveUp("rejected", f"The store refused the panels: {said.rstrip('.') or 'it gave no reason'}.")
    data: Mapping[str, Any] = answer["data"]
    return data
