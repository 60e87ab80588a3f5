"""Our one metafield on a product, a variant or an order: written and deleted in batches, found again when its id is lost.

A batch may succeed in part; a field that is there already (an answer was lost, or an earlier install left it) is found
by namespace and key and written over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.adapters.bigcommerce.bulk import REFUSED, Tally, halves, id_lists, in_batches, joined, refusal_of
from plugin.adapters.bigcommerce.client import Answer, BigCommerceClient, Call, Query
from plugin.adapters.bigcommerce.payloads import MetafieldPayload, read_all
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import BulkResult, Metafield, MetafieldOwner

NAMESPACE = "backorder"
BATCH = 50
PAGE = 250


@dataclass(frozen=True, slots=True)
class Place:
    """Where the fields of one kind of owner live, what ours is called, and who may read it."""

    path: str
    key: str
    permission: str


PLACES: Mapping[MetafieldOwner, Place] = {
    # Headless themes read these in the storefront's own API.
    MetafieldOwner.PRODUCT: Place("/v3/catalog/products/metafields", "offer", "read_and_sf_access"),
    MetafieldOwner.VARIANT: Place("/v3/catalog/variants/metafields", "offer", "read_and_sf_access"),
    # An ERP may read it, a shopper may not.
    MetafieldOwner.ORDER: Place("/v3/orders/metafields", "promise", "read"),
}


def write_metafields(client: BigCommerceClient, owner: MetafieldOwner, fields: Sequence[Metafield]) -> BulkResult[int]:
    """Write each owner's field. Fields whose id is known are updated, the others created, in batches of 50."""
    tally: Tally[int] = Tally()
    writing = _Writing(client, PLACES[owner], tally)
    latest = {field.owner_id: field for field in fields}.values()
    known = [field for field in latest if field.remote_id is not None]
    new = [field for field in latest if field.remote_id is None]
    batches = [(writing.update, batch) for batch in in_batches(known, BATCH)]
    batches += [(writing.create, batch) for batch in in_batches(new, BATCH)]
    return tally.write_in_steps(batches, lambda step: step[0](step[1]))


def delete_metafields(client: BigCommerceClient, owner: MetafieldOwner, remote_ids: Sequence[int]) -> None:
    """Delete by id. One that is gone already is as good as deleted."""
    for batch in in_batches(sorted(set(remote_ids)), BATCH):
        _delete(client, PLACES[owner].path, batch)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One write under way. A field is updated by id, else created, else found and updated, else refused."""

    client: BigCommerceClient
    place: Place
    tally: Tally[int]

    def update(self, fields: Sequence[Metafield]) -> None:
        """Write over fields by the id we remember; those that are not there (any more) are created."""
        bad = self._put([(field, field.remote_id or 0) for field in fields])
        if bad:
            self.create([field for field, _problem in bad])

    def create(self, fields: Sequence[Metafield], *, looked: bool = False) -> None:
        rows = [{"resource_id": field.owner_id, **self._content(field)} for field in fields]
        # Sent twice, the second is refused as a duplicate and found: safe to repeat.
        call = Call(method="POST", path=self.place.path, json=rows, accepts=REFUSED)
        answer = self.client.call(call)
        self._note({each.resource_id: each.id for each in _saved(answer)}, fields)
        if answer.is_success:
            self._note_all(fields)
            return
        left = self._unwritten(fields)
        there = {} if looked else self._find(left)
        for field, problem in self._put([(field, there[field.owner_id]) for field in left if field.owner_id in there]):
            self.tally.refuse(field.owner_id, problem)
        self._create_rest([field for field in left if field.owner_id not in there], fields, refusal_of(call, answer))

    def _create_rest(self, rest: Sequence[Metafield], tried: Sequence[Metafield], problem: GiveUp) -> None:
        """Try again what the trouble was not about; a batch that is refused as a whole is halved."""
        if not rest:
            return
        if len(rest) < len(tried):
            self.create(rest, looked=True)
        elif len(rest) == 1:
            self.tally.refuse(rest[0].owner_id, problem)
        else:
            for half in halves(rest):
                self.create(half, looked=True)

    def _put(self, rows: Sequence[tuple[Metafield, int]]) -> list[tuple[Metafield, GiveUp]]:
        """Write over fields by id; returns those that could not be."""
        if not rows:
            return []
        content = [{"id": remote_id, **self._content(field)} for field, remote_id in rows]
        call = Call(method="PUT", path=self.place.path, json=content, accepts=REFUSED)
        answer = self.client.call(call)
        saved = {each.id for each in _saved(answer)}
        done = {field.owner_id: remote for field, remote in rows if answer.is_success or remote in saved}
        self.tally.written |= done
        left = [(field, remote) for field, remote in rows if field.owner_id not in done]
        if left == list(rows) and len(rows) > 1:
            return [bad for half in halves(rows) for bad in self._put(half)]
        return [(field, refusal_of(call, answer)) for field, _remote in left]

    def _find(self, fields: Sequence[Metafield]) -> dict[int, int]:
        """The ids of our fields on these owners. The filter by owner is not documented: without it, look at them all."""
        wanted = {field.owner_id for field in fields}
        found: dict[int, int] = {}
        for batch in id_lists(wanted, PAGE):
            rows = self._search({"resource_id:in": joined(batch)})
            if rows is None:
                return self._ours(self._search({}) or [], wanted)
            found |= self._ours(rows, wanted)
        return found

    def _search(self, query: Query) -> list[MetafieldPayload] | None:
        """All pages; None where the store does not know the filter."""
        rows: list[Any] = []
        page, answer = 0, Answer(200, None)
        while page == 0 or answer.has_next_page:
            page += 1
            paged: Query = {**query, "namespace": NAMESPACE, "key": self.place.key, "limit": PAGE, "page": page}
            answer = self.client.call(
                Call(method="GET", path=self.place.path, query=paged, accepts=frozenset({400, 422}))
            )
            if not answer.is_success:
                return None
            rows += answer.rows
        return read_all(MetafieldPayload, rows, "metafield")

    def _ours(self, rows: Iterable[MetafieldPayload], wanted: set[int]) -> dict[int, int]:
        return {
            row.resource_id: row.id
            for row in rows
            if row.resource_id in wanted and row.namespace == NAMESPACE and row.key == self.place.key
        }

    def _content(self, field: Metafield) -> dict[str, str]:
        return {
            "namespace": NAMESPACE,
            "key": self.place.key,
            "value": field.value,
            "permission_set": self.place.permission,
        }

    def _note(self, ids: Mapping[int, int], fields: Sequence[Metafield]) -> None:
        self.tally.written |= {field.owner_id: ids[field.owner_id] for field in fields if field.owner_id in ids}

    def _note_all(self, fields: Sequence[Metafield]) -> None:
        for field in fields:
            self.tally.written.setdefault(field.owner_id, None)

    def _unwritten(self, fields: Sequence[Metafield]) -> list[Metafield]:
        return [field for field in fields if field.owner_id not in self.tally.written]


def _saved(answer: Answer) -> list[MetafieldPayload]:
    """The fields an answer says are stored: all of a success, the done part of a partial one."""
    body = answer.body if isinstance(answer.body, dict) else {}
    rows = body.get("data")
    return read_all(MetafieldPayload, rows, "metafield") if isinstance(rows, list) else []


def _delete(client: BigCommerceClient, path: str, ids: Sequence[int]) -> None:
    answer = client.call(Call(method="DELETE", path=path, json=list(ids), accepts=REFUSED))
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.is_success or body.get("data") or len(ids) == 1:
        return
    for half in halves(ids):
        _delete(client, path, half)
