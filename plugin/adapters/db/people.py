"""The persons behind orders and the waitlist: found by mail address, handed out, and forgotten.

What the law wants kept stays: that something was promised, told, answered or refunded, and when. Only the person goes:
names and addresses become `[erased]`, also in the texts of mails.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, func, or_, select, update

from plugin.adapters.db.orders import NO_KEYS
from plugin.adapters.db.repository import Repository, Transaction, chunks
from plugin.adapters.db.tables import (
    answers,
    cancellations,
    journal,
    notices,
    order_lines,
    orders,
    outbox,
    substitute_choices,
    tellings,
    told,
    waitlist,
)
from plugin.adapters.db.waitlist_totals import WaitlistTotals
from plugin.domain.ids import OrderId
from plugin.domain.order import OrderStage
from plugin.domain.saying import Saying, facts_as_data, saying_of
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.waitlist import WaitlistState

ERASED = "[erased]"
PARKING = ("parked_reason", "parked_explanation", "parked_at", "attempts", "due_at")
"""How often we tried is nothing about a person."""
OVER = (WaitlistState.TOLD, WaitlistState.BOUGHT, WaitlistState.LEFT, WaitlistState.UNCONFIRMED)
HOLDING = tuple(stage for stage in OrderStage if stage.holds_units)


class SqlPeople(Repository):
    def __init__(self, transaction: Transaction, totals: WaitlistTotals) -> None:
        super().__init__(transaction)
        self._waitlist_totals = totals

    def orders_of(self, email: str) -> dict[OrderId, OrderStage]:
        address = email.lower()
        theirs = or_(func.lower(orders.c.email) == address, func.lower(orders.c.contact_email) == address)
        query = select(orders.c.order_id, orders.c.stage).where(self._mine(orders), theirs)
        return {OrderId(row.order_id): row.stage for row in self._connection.execute(query.order_by(orders.c.order_id))}

    def known_of(self, email: str) -> Mapping[str, Any]:
        """Everything kept of a person, by subject."""
        ids = list(self.orders_of(email))
        return {
            "orders": self._rows(orders, orders.c.order_id.in_(ids), drop=("staff_notes",)),
            "order_lines": self._rows(order_lines, order_lines.c.order_id.in_(ids), drop=("promise",)),
            "told": self._rows(told, told.c.order_id.in_(ids)),
            "first_told": self._rows(tellings, tellings.c.order_id.in_(ids)),
            "notices": self._rows(notices, notices.c.order_id.in_(ids)),
            "answers": self._rows(answers, answers.c.order_id.in_(ids)),
            "cancellations": self._rows(cancellations, cancellations.c.order_id.in_(ids), drop=PARKING),
            "substitutes": self._rows(substitute_choices, substitute_choices.c.order_id.in_(ids)),
            "waitlist": self._rows(waitlist, waitlist.c.email == email.lower()),
            "mails": self._rows(
                outbox, or_(func.lower(outbox.c.to) == email.lower(), outbox.c.order_id.in_(ids)), drop=("facts",)
            ),
        }

    def forget_orders(self, ids: Collection[OrderId], *, at: datetime) -> None:
        for some in chunks(ids):
            mine = self._mine(orders) & orders.c.order_id.in_(some)
            for row in self._connection.execute(select(orders).where(mine)).all():
                self._forget_in_texts(row)
            self._connection.execute(
                update(orders)
                .where(mine)
                .values(
                    email="",
                    contact_email=None,
                    contact_key="",
                    shopper_name="",
                    customer_id=0,
                    staff_notes="",
                    cart_id=None,
                    erased_at=at,
                    **NO_KEYS,
                )
            )

    def forget_waiting(self, email: str) -> int:
        gone = self._drop_entries(waitlist.c.email == email.lower())
        to_them = self._mine(outbox) & (func.lower(outbox.c.to) == email.lower()) & outbox.c.order_id.is_(None)
        self._connection.execute(delete(outbox).where(to_them))
        return gone

    def done_with(self, *, modified_before: datetime, limit: int) -> list[OrderId]:
        query = select(orders.c.order_id).where(
            self._mine(orders),
            orders.c.modified_at < modified_before,
            orders.c.stage.not_in(HOLDING),
            orders.c.erased_at.is_(None),
        )
        oldest = query.order_by(orders.c.modified_at, orders.c.order_id).limit(limit)
        return [OrderId(order) for order in self._connection.execute(oldest).scalars()]

    def forget_waiting_before(self, moment: datetime) -> int:
        """Whoever left, was told, or never confirmed, longer ago than that; and the mails that went with it."""
        gone = self._drop_entries(waitlist.c.state.in_(OVER) & (waitlist.c.changed_at < moment))
        self._connection.execute(
            delete(outbox).where(
                self._mine(outbox),
                outbox.c.kind.in_(("waitlist_confirm", "back_in_stock", "gone_again")),
                outbox.c.due_at.is_(None),
                outbox.c.created_at < moment,
            )
        )
        return gone

    def _drop_entries(self, which: ColumnElement[bool]) -> int:
        gone = self._connection.execute(delete(waitlist).where(self._mine(waitlist), which).returning(waitlist)).all()
        for row in gone:
            self._waitlist_totals.note(row, None)
        return len(gone)

    def _forget_in_texts(self, order: Row[Any]) -> None:
        about = order.order_id
        forget = eraser(order.shopper_name, order.email, order.contact_email or "", *self._also_known_as(about))
        self._rewrite(told, told.c.order_id == about, forget, texts=("text",), values=("facts",))
        self._rewrite(tellings, tellings.c.order_id == about, forget, texts=("text",), values=("basis",))
        self._rewrite(answers, answers.c.order_id == about, forget, texts=("detail",), values=())
        unsent = self._mine(outbox) & (outbox.c.order_id == about) & outbox.c.sent_at.is_(None)
        self._connection.execute(delete(outbox).where(unsent))
        self._rewrite(journal, journal.c.about == f"order:{about}", forget, texts=("text",), values=())
        texts = ("to", "subject", "text", "bounce", "parked_explanation")
        self._rewrite(outbox, outbox.c.order_id == about, forget, texts=texts, values=("facts",))

    def _also_known_as(self, about: OrderId) -> set[str]:
        """Addresses they gave in between, and how they named themselves in a declaration; the merchant's own is none."""
        mails = self._mine(outbox) & (outbox.c.order_id == about)
        rows = self._connection.execute(select(outbox.c.kind, outbox.c.to, outbox.c.facts).where(mails)).all()
        declared = [row.facts for row in rows if row.kind is MessageKind.WITHDRAWAL]
        written = {row.to for row in rows if row.kind is not MessageKind.WITHDRAWAL}
        return {word for word in (*written, *_names_in(declared)) if word and word != ERASED}

    def _rewrite(
        self,
        table: Table,
        which: ColumnElement[bool],
        forget: Callable[[str], str],
        *,
        texts: Collection[str],
        values: Collection[str],
    ) -> None:
        for kept in self._connection.execute(select(table).where(self._mine(table), which)).mappings().all():
            changed: dict[str, Any] = {name: _in_words(kept[name], forget) for name in texts if kept[name]}
            changed |= {name: _in_values(kept[name], forget) for name in values}
            if changed:
                self._connection.execute(
                    update(table).where(self._mine(table), table.c.id == kept["id"]).values(changed)
                )

    def _rows(self, table: Table, which: ColumnElement[bool], *, drop: Collection[str] = ()) -> list[dict[str, Any]]:
        left_out = {"tenant_id", *drop}
        columns = [column for column in table.c if column.name not in left_out]
        query = select(*columns).where(self._mine(table), which).order_by(*table.primary_key.columns)
        return [
            {name: str(value) if isinstance(value, Saying) else value for name, value in row.items()}
            for row in self._connection.execute(query).mappings()
        ]


def eraser(*words: str) -> Callable[[str], str]:
    """Takes a name or an address out of a text, whole and in any case, however its spaces were kept."""
    patterns = [r"\s+".join(re.escape(part) for part in word.split()) for word in words if word.strip()]
    if not patterns:
        return lambda text: text
    longest_first = sorted(patterns, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(ERASED, text)


def _names_in(declared: Collection[Mapping[str, Any]]) -> set[str]:
    return {str(facts.get(field, "")) for facts in declared for field in ("name", "email")}


def _in_words(kept: str | Saying, forget: Callable[[str], str]) -> str | Saying:
    if isinstance(kept, Saying):
        return saying_of(kept.pattern, _in_values(facts_as_data(kept), forget))
    return forget(kept)


def _in_values(value: Any, forget: Callable[[str], str]) -> Any:
    """The same in JSON values, at any depth."""
    match value:
        case str():
            return forget(value)
        case list():
            return [_in_values(part, forget) for part in value]
        case dict():
            return {name: _in_values(part, forget) for name, part in value.items()}
        case _:
            return value
