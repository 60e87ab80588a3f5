"""What a shopper is told first about each line, frozen: the window, the words, the language, and what the date stands on.

Notices later are held against it. Rows are only ever added; the whole mail is kept once it is sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from plugin.domain.order import Order
from plugin.domain.promise import Promise, PromisePart
from plugin.services.letters import OrderNews
from plugin.services.ports.messages import MessageKind, NewMessage, Wording
from plugin.services.ports.notices import Telling
from plugin.services.ports.unit_of_work import UnitOfWork


def keep_what_is_told(work: UnitOfWork, news: OrderNews, letters: Iterable[NewMessage], wording: Wording) -> None:
    """For every order that is confirmed with these letters; units that have left by then need no news of it."""
    locales = {
        letter.order_id: letter.locale
        for letter in letters
        if letter.kind is MessageKind.CONFIRMED and letter.order_id is not None
    }
    confirmed = [order for order in news.orders if order.order_id in locales]
    tellings = [telling for order in confirmed for telling in _tellings(order, news, locales[order.order_id], wording)]
    work.notices.tell(tellings)
    for order in confirmed:
        shipped = {line.line_id: line.shipped for line in order.lines if line.shipped}
        work.orders.save_told_shipped(order.order_id, shipped)


def _tellings(order: Order, news: OrderNews, locale: str, wording: Wording) -> Iterable[Telling]:
    for line in order.lines:
        promise = news.said.get(line.line_id)
        if promise is None or not line.open:
            continue
        yield Telling(
            order_id=order.order_id,
            line_id=line.line_id,
            at=news.gathered.snapshot.now,
            surface="mail",
            locale=locale,
            window=promise.last_window,
            text=wording.order_note([(line.name, _without_references(promise))], locale),
            basis={"parts": basis_of(promise)},
        )


def _without_references(promise: Promise) -> Promise:
    """Which shipment it is, is the merchant's own business."""
    return Promise(tuple(replace(part, basis=replace(part.basis, reference="")) for part in promise.parts))


def basis_of(promise: Promise) -> Sequence[dict[str, Any]]:
    return [_part(part) for part in promise.parts]


def _part(part: PromisePart) -> dict[str, Any]:
    return {
        "units": part.units,
        "earliest": part.window.earliest.isoformat() if part.window else None,
        "latest": part.window.latest.isoformat() if part.window else None,
        "kind": part.basis.kind.value,
        "reference": part.basis.reference,
        "source": part.basis.source,
        "why": part.why,
    }
