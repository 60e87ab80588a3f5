"""Our scripts on the shop's pages: one per storefront channel and kind of page, found again by channel and visibility.

A list shows only the scripts of our own client id, and merchants may switch off or delete them.
"""

from collections.abc import Iterable
from typing import Any

from plugin.adapters.bigcommerce.client import Answer, BigCommerceClient, Call
from plugin.adapters.bigcommerce.payloads import ChannelPayload, ScriptPayload, read_all
from plugin.services.ports.shop import PageScript

PATH = "/v3/content/scripts"
CHANNELS = "/v3/channels"
PAGE = 50
GONE = frozenset({404})


def storefront_channels(client: BigCommerceClient) -> list[int]:
    """The channels with pages of their own that are not switched off for good."""
    rows = read_all(ChannelPayload, _all(client, CHANNELS, 250), "channel")
    return sorted(row.id for row in rows if row.type == "storefront" and row.status not in {"deleted", "terminated"})


def page_scripts(client: BigCommerceClient) -> list[PageScript]:
    return [_script(row) for row in _ours(client)]


def keep_script(client: BigCommerceClient, wanted: PageScript) -> None:
    """Make it what is wanted, whatever stands there; a second one for the same pages is deleted."""
    there = [row for row in _ours(client) if (row.channel_id, row.visibility) == (wanted.channel_id, wanted.visibility)]
    for double in there[1:]:
        _delete(client, double.uuid)
    body = _body(wanted)
    if there:
        # The kind cannot be changed: everything else is sent again, "enabled" included.
        path = f"{PATH}/{there[0].uuid}"
        if client.call(Call(method="PUT", path=path, json=body, accepts=GONE)).is_success:
            return
    client.call(Call(method="POST", path=PATH, json=body, is_repeatable=False))


def remove_script(client: BigCommerceClient, channel_id: int, visibility: str) -> None:
    for row in _ours(client):
        if (row.channel_id, row.visibility) == (channel_id, visibility):
            _delete(client, row.uuid)


def _delete(client: BigCommerceClient, uuid: str) -> None:
    client.call(Call(method="DELETE", path=f"{PATH}/{uuid}", accepts=GONE))


def _ours(client: BigCommerceClient) -> list[ScriptPayload]:
    return read_all(ScriptPayload, _all(client, PATH, PAGE), "script")


def _all(client: BigCommerceClient, path: str, size: int) -> Iterable[Any]:
    rows: list[Any] = []
    page, answer = 0, Answer(200, None)
    while page == 0 or answer.has_next_page:
        page += 1
        answer = client.call(Call(method="GET", path=path, query={"limit": size, "page": page}))
        rows += answer.rows
    return rows


def _script(row: ScriptPayload) -> PageScript:
    return PageScript(
        channel_id=row.channel_id,
        visibility=row.visibility,
        name=row.name,
        description=row.description,
        url=row.src,
        integrity=next((each.hash for each in row.integrity_hashes), ""),
        location=row.location,
        load_method=row.load_method,
        consent_category=row.consent_category,
        enabled=row.enabled,
    )


def _body(script: PageScript) -> dict[str, Any]:
    return {
        "name": script.name,
        "description": script.description,
        "kind": "src",
        "src": script.url,
        "integrity_hashes": [script.integrity],
        "location": script.location,
        "load_method": script.load_method,
        "visibility": script.visibility,
        "consent_category": script.consent_category,
        "channel_id": script.channel_id,
        "auto_uninstall": True,
        "enabled": True,
    }
