"""How each kind of publication is written to the shop, many at a time; services/publishing.py says which, and when.

Each writer answers for what the platform has answered for; the others were not reached.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from plugin.domain.ids import ItemId, LocationId, OrderId, ProductId
from plugin.domain.item import ProductTexts
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.page_panels import write_panel
from plugin.services.page_scripts import write_script
from plugin.services.ports.publications import Publication, PublicationKind
from plugin.services.ports.shop import BackorderLimit, BulkResult, Metafield, MetafieldOwner, Store
from plugin.services.ports.stock import StockPlace
from plugin.services.staff_notes import with_block

Key = TypeVar("Key")
OWNERS = {
    PublicationKind.PRODUCT_METAFIELD: MetafieldOwner.PRODUCT,
    PublicationKind.VARIANT_METAFIELD: MetafieldOwner.VARIANT,
    PublicationKind.ORDER_METAFIELD: MetafieldOwner.ORDER,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one publication: its remote id when it was written, or why it never will be."""

    publication: Publication
    remote_id: int | None = None
    problem: GiveUp | None = None


@dataclass(frozen=True, slots=True)
class Wrote:
    """What was done of what was due. `stopped_by`: the rest was not reached, and when to ask for it again."""

    outcomes: Sequence[Outcome]
    stopped_by: RetryLater | None = None


def write_due(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    """What is refused for the whole store at once, such as for a missing scope, is refused for each of them."""
    try:
        return WRITERS[kind](store, kind, due)
    except RetryLater as problem:
        return Wrote((), problem)
    except GiveUp as problem:
        return Wrote([Outcome(publication, problem=problem) for publication in due])


def _outcomes(by_key: Mapping[Key, Publication], result: BulkResult[Key]) -> list[Outcome]:
    """Of those the platform has answered for; the others were not reached."""
    return [
        Outcome(publication, result.written.get(key), result.refused.get(key))
        for key, publication in by_key.items()
        if key in result.written or key in result.refused
    ]


def write_limits(store: Store, _kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    by_place = {_place_named(publication.target): publication for publication in due}
    limits = [BackorderLimit(*place, limit=int(_shown(p)["limit"])) for place, p in by_place.items()]
    result = store.set_backorder_limits(limits)
    return Wrote(_outcomes(by_place, result), result.stopped_by)


def _place_named(target: str) -> StockPlace:
    item, _, location = target.partition("@")
    return (ItemId(item), LocationId(int(location)))


def write_products(store: Store, _kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    by_id = {ProductId(int(publication.target)): publication for publication in due}
    result = store.write_product_texts({product: _texts(publication) for product, publication in by_id.items()})
    return Wrote(_outcomes(by_id, result), result.stopped_by)


def write_metafields(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    """Written where something is desired, deleted where it is not."""
    unwanted = [publication for publication in due if publication.desired is None]
    wanted = {int(publication.target): publication for publication in due if publication.desired is not None}
    ids = [publication.remote_id for publication in unwanted if publication.remote_id]
    if ids:
        store.delete_metafields(OWNERS[kind], ids)
    outcomes = [Outcome(publication) for publication in unwanted]
    if not wanted:
        return Wrote(outcomes)
    fields = [Metafield(owner, str(p.desired["value"]), p.remote_id) for owner, p in wanted.items() if p.desired]
    try:
        result = store.write_metafields(OWNERS[kind], fields)
    except RetryLater as problem:
        return Wrote(outcomes, problem)
    return Wrote(outcomes + _outcomes(wanted, result), result.stopped_by)


def _write_note(store: Store, publication: Publication) -> None:
    """Read right before writing: staff may have edited the notes since, and only our own block is ours to change."""
    order = OrderId(int(publication.target))
    notes = store.staff_notes(order)
    block = str(publication.desired["note"]) if publication.desired else ""
    changed = with_block(notes, block)
    if changed != notes:
        store.write_staff_notes(order, changed)


ONE_BY_ONE: Mapping[PublicationKind, Callable[[Store, Publication], None]] = {
    PublicationKind.ORDER_NOTE: _write_note,
    PublicationKind.SCRIPT: write_script,
    PublicationKind.PANEL: write_panel,
}


def _write_one_by_one(store: Store, kind: PublicationKind, due: Sequence[Publication]) -> Wrote:
    write = ONE_BY_ONE[kind]
    outcomes: list[Outcome] = []
    for publication in due:
        try:
            write(store, publication)
        except GiveUp as problem:
            outcomes.append(Outcome(publication, problem=problem))
        except RetryLater as problem:
            return Wrote(outcomes, problem)
        else:
            outcomes.append(Outcome(publication))
    return Wrote(outcomes)


def _shown(publication: Publication) -> Mapping[str, Any]:
    """What is to be written: the desired value, or what stood there before us."""
    return publication.desired if publication.desired is not None else publication.original or {}


def _texts(publication: Publication) -> ProductTexts:
    fields = dict(_shown(publication))
    release = fields.pop("preorder_release_on", None)
    return ProductTexts(**fields, preorder_release_on=date.fromisoformat(release) if release else None)


Writer = Callable[[Store, PublicationKind, Sequence[Publication]], Wrote]
WRITERS: Mapping[PublicationKind, Writer] = {
    PublicationKind.LIMIT: write_limits,
    PublicationKind.PRODUCT: write_products,
    PublicationKind.PRODUCT_METAFIELD: write_metafields,
    PublicationKind.VARIANT_METAFIELD: write_metafields,
    PublicationKind.ORDER_METAFIELD: write_metafields,
    **dict.fromkeys(ONE_BY_ONE, _write_one_by_one),
}
