"""Our panels in the control panel's own pages of orders and products: app extensions, kept by the admin GraphQL API.

The list shows only those of our own app. What is there already is left alone, so each of this can be done again.
"""

from collections.abc import Mapping
from typing import Any

from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import PagePanel

PATH = "/graphql"
LIST = "query { store { appExtensions { edges { node { id url model label { defaultValue } } } } } }"
CREATE = """mutation ($input: CreateAppExtensionInput!) {
  appExtension { createAppExtension(input: $input) { appExtension { id } } }
}"""
UPDATE = """mutation ($input: UpdateAppExtensionInput!) {
  appExtension { updateAppExtension(input: $input) { appExtension { id } } }
}"""
DELETE = """mutation ($input: DeleteAppExtensionInput!) {
  appExtension { deleteAppExtension(input: $input) { deletedAppExtensionId } }
}"""


def page_panels(client: BigCommerceClient) -> list[PagePanel]:
    return [panel for _, panel in _ours(client)]


def keep_panel(client: BigCommerceClient, wanted: PagePanel) -> None:
    """Put it there, or correct its label; one that is right is left alone."""
    label = {"defaultValue": wanted.label, "locales": []}
    for number, panel in _ours(client):
        if (panel.model, panel.url) == (wanted.model, wanted.url):
            if panel.label != wanted.label:
                _ask(client, UPDATE, {"input": {"id": number, "data": {"label": label}}})
            return
    new = {"context": "PANEL", "model": wanted.model, "url": wanted.url, "label": label}
    _ask(client, CREATE, {"input": new}, is_repeatable=False)


def remove_panel(client: BigCommerceClient, url: str) -> None:
    for number, panel in _ours(client):
        if panel.url == url:
            _ask(client, DELETE, {"input": {"id": number}})


def _ours(client: BigCommerceClient) -> list[tuple[str, PagePanel]]:
    try:
        edges = _ask(client, LIST, {})["store"]["appExtensions"]["edges"]
        nodes = [edge["node"] for edge in edges]
        return [(node["id"], PagePanel(node["model"], _label(node), node["url"])) for node in nodes]
    except (KeyError, TypeError) as error:
        raise GiveUp("rejected", said("The store's answer does not list app extensions.")) from error


def _label(node: Mapping[str, Any]) -> str:
    label = node.get("label")
    return str(label.get("defaultValue") or "") if isinstance(label, dict) else ""


def _ask(
    client: BigCommerceClient, query: str, variables: Mapping[str, Any], *, is_repeatable: bool = True
) -> Mapping[str, Any]:
    body = {"query": query, "variables": variables}
    answer = client.call(Call(method="POST", path=PATH, json=body, is_repeatable=is_repeatable)).body
    if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
        errors = answer.get("errors") if isinstance(answer, dict) else None
        words = "; ".join(str(each.get("message", each)) for each in errors or [] if isinstance(each, dict)).rstrip(".")
        if not words:
            raise GiveUp("rejected", said("The store refused the panels: it gave no reason."))
        raise GiveUp("rejected", said("The store refused the panels: %(words)s.", words=words))
    data: Mapping[str, Any] = answer["data"]
    return data
