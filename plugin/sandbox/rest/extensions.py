"""`/graphql`: what of the admin GraphQL API apps need for panels: list, create, update and delete app extensions.

No GraphQL parser: the one field asked for is recognized by its name, its input is read from the variables, and only what
the query names is answered. Trouble is a 200 with `errors`, as GraphQL has it.
"""

import re
from collections.abc import Callable
from typing import Any

from plugin.sandbox.rest.envelope import Answer
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.storefront import AppExtension

CONTEXTS = ("PANEL", "LINK")
MODELS = ("ORDERS", "PRODUCTS", "PRODUCT_DESCRIPTION", "CUSTOMERS")
PER_MODEL, LONGEST = 2, 255
NODE = ("id", "context", "model", "url")


class WrongQuery(Exception):
    """What GraphQL's `errors` say."""


@route("POST", "/graphql", scopes=("store_app_extensions_manage",))
def ask(call: Call) -> Answer:
    try:
        return Answer(200, {"data": answered(call, call.object())})
    except WrongQuery as trouble:
        return Answer(200, {"data": None, "errors": [{"message": str(trouble)}]})


def answered(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    query, variables = str(body.get("query", "")), body.get("variables") or {}
    field = re.search(r"\b(createAppExtension|updateAppExtension|deleteAppExtension|appExtensions)\b", query)
    if field is None:
        raise WrongQuery("Cannot query this field.")
    sent = variables.get("input")
    if field[1] != "appExtensions" and not isinstance(sent, dict):
        raise WrongQuery('Variable "$input" of required type was not provided.')
    return FIELDS[field[1]](call, query, sent or {})


def own(call: Call) -> list[AppExtension]:
    return [each for each in call.store.extensions.values() if each.client_id == call.client_id]


def shown(extension: AppExtension, query: str) -> dict[str, Any]:
    node = {name: getattr(extension, name) for name in NODE if re.search(rf"\b{name}\b", query)}
    if re.search(r"\blabel\b", query):
        node["label"] = extension.label
    return node


def listed(call: Call, query: str, _sent: dict[str, Any]) -> dict[str, Any]:
    return {"store": {"appExtensions": {"edges": [{"node": shown(each, query)} for each in own(call)]}}}


def created(call: Call, query: str, sent: dict[str, Any]) -> dict[str, Any]:
    if sent.get("context") not in CONTEXTS or sent.get("model") not in MODELS:
        raise WrongQuery("The context or the model is not one of the allowed values.")
    if sum(each.model == sent["model"] for each in own(call)) >= PER_MODEL:
        raise WrongQuery(f"An app may have at most {PER_MODEL} extensions for {sent['model']}.")
    extension = AppExtension(
        id=f"bc/store/appExtension/{call.store.next_id('extension')}",
        client_id=call.client_id,
        context=sent["context"],
        model=sent["model"],
        url=checked_url(sent.get("url")),
        label=checked_label(sent.get("label")),
    )
    call.store.extensions[extension.id] = extension
    return {"appExtension": {"createAppExtension": {"appExtension": shown(extension, query)}}}


def updated(call: Call, query: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Only the address and the label can be changed; the label is replaced whole."""
    extension, data = the_extension(call, sent), sent.get("data") or {}
    if "url" in data:
        extension.url = checked_url(data["url"])
    if "label" in data:
        extension.label = checked_label(data["label"])
    return {"appExtension": {"updateAppExtension": {"appExtension": shown(extension, query)}}}


def deleted(call: Call, _query: str, sent: dict[str, Any]) -> dict[str, Any]:
    extension = the_extension(call, sent)
    del call.store.extensions[extension.id]
    return {"appExtension": {"deleteAppExtension": {"deletedAppExtensionId": extension.id}}}


def the_extension(call: Call, sent: dict[str, Any]) -> AppExtension:
    for extension in own(call):
        if extension.id == sent.get("id"):
            return extension
    raise WrongQuery("There is no such app extension.")


def checked_url(url: Any) -> str:
    if not isinstance(url, str) or not url.startswith("/") or len(url) > LONGEST:
        raise WrongQuery(f"url has to be a path of at most {LONGEST} characters.")
    return url


def checked_label(label: Any) -> dict[str, Any]:
    words = label.get("defaultValue") if isinstance(label, dict) else None
    if not isinstance(words, str) or not 0 < len(words) <= LONGEST:
        raise WrongQuery(f"label.defaultValue has to have 1 to {LONGEST} characters.")
    return {"defaultValue": words, "locales": label.get("locales") or []}


FIELDS: dict[str, Callable[[Call, str, dict[str, Any]], dict[str, Any]]] = {
    "appExtensions": listed,
    "createAppExtension": created,
    "updateAppExtension": updated,
    "deleteAppExtension": deleted,
}
