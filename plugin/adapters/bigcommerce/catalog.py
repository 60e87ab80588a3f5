"""Reading products with their variants, and writing the few texts of a product that we touch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from plugin.adapters.bigcommerce.bulk import (
    REFUSED,
    Tally,
    id_lists,
    ids_in,
    in_batches,
    joined,
    refusal_of,
    write_isolating,
)
from plugin.adapters.bigcommerce.client import Answer, BigCommerceClient, Call, Query
from plugin.adapters.bigcommerce.payloads import CategoryPayload, ProductPayload, read_all
from plugin.adapters.bigcommerce.translate import product_of_payload, texts_to_payload
from plugin.domain.ids import CategoryId, ProductId
from plugin.domain.item import Product, ProductTexts
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import BulkResult, Page

PATH = "/v3/catalog/products"
CATEGORIES = "/v3/catalog/categories"
PAGE = 250
BATCH = 10
"""The platform answers 413 to the eleventh."""

Payload = dict[str, Any]


def read_products(client: BigCommerceClient, ids: Collection[ProductId]) -> list[Product]:
    """The products there are; deleted ones are left out."""
    return [
        product for batch in id_lists(ids, PAGE) for product in _products_of(_page(client, {"id:in": joined(batch)}))
    ]


def all_products(client: BigCommerceClient, place: str = "") -> Iterator[Page[Product]]:
    """The whole catalog, walked by id: a product deleted meanwhile must not hide another one. A place is the next id."""
    first = place or "1"
    while first:
        answer = _page(client, {"id:min": first, "sort": "id", "direction": "asc"})
        is_last = len(answer.rows) < PAGE
        first = "" if is_last else str(max(row["id"] for row in answer.rows) + 1)
        yield Page(_products_of(answer), first)


def read_categories(client: BigCommerceClient) -> dict[CategoryId, str]:
    """The name of each category, over all trees."""
    found: dict[CategoryId, str] = {}
    for page in count(1):
        query: Query = {"include_fields": "name", "limit": PAGE, "page": page}
        rows = client.call(Call(method="GET", path=CATEGORIES, query=query)).rows
        found.update((CategoryId(each.id), each.name) for each in read_all(CategoryPayload, rows, "category"))
        if len(rows) < PAGE:
            break
    return found


def write_product_texts(client: BigCommerceClient, texts: Mapping[ProductId, ProductTexts]) -> BulkResult[ProductId]:
    tally: Tally[ProductId] = Tally()

    def send(rows: Sequence[Payload]) -> GiveUp | None:
        return _send(client, rows, tally)

    def refuse(row: Payload, problem: GiveUp) -> None:
        tally.refuse(ProductId(row["id"]), problem)

    def is_written(row: Payload) -> bool:
        return row["id"] in tally.written

    rows = [texts_to_payload(product, texts[product]) for product in sorted(texts)]
    return tally.write_in_steps(in_batches(rows, BATCH), lambda batch: write_isolating(batch, send, refuse, is_written))


def _send(client: BigCommerceClient, rows: Sequence[Payload], tally: Tally[ProductId]) -> GiveUp | None:
    """Write a batch. 207: the texts were saved, and something about stock, which we did not send, was not."""
    call = Call(method="PUT", path=PATH, json=list(rows), accepts=REFUSED)
    answer = client.call(call)
    if not answer.is_success:
        return refusal_of(call, answer)
    sent = {row["id"] for row in rows}
    saved = sent & set(ids_in(answer.rows, "id")) if answer.status == 207 and answer.rows else sent
    tally.written |= dict.fromkeys(map(ProductId, saved))
    return None if saved == sent else refusal_of(call, answer)


def _page(client: BigCommerceClient, query: Mapping[str, str | int]) -> Answer:
    wanted: Query = {**query, "include": "variants,primary_image", "limit": PAGE}
    return client.call(Call(method="GET", path=PATH, query=wanted))


def _products_of(answer: Answer) -> list[Product]:
    return [product_of_payload(payload) for payload in read_all(ProductPayload, answer.rows, "product")]
