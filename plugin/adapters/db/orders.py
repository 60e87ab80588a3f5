"""Orders with their lines as the shop had them, what each line was promised, and the proof of what was told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Row,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    select,
    true,
    tuple_,
    update,
)

from plugin.adapters.db.repository import Repository, chunks
from plugin.adapters.db.tables import NO_DAY, READY_DAY, order_lines, orders, told
from plugin.domain.ids import ItemId, OrderId, OrderLineId
from plugin.domain.order import Order, OrderLine, Shopper
from plugin.domain.plan import LinePlan
from plugin.domain.promise import Promise, SetByHand
from plugin.domain.saying import Saying

NO_KEYS = {"mail_key": "", "name_key": "", "surname_key": ""}
"""What nobody can be found by any more."""
LINE_COLUMNS = (
    "line_id",
    "order_id",
    "item_id",
    "product_id",
    "variant_id",
    "name",
    "sku",
    "quantity",
    "shipped",
    "refunded",
    "allocated",
    "taken",
    "cancelled",
    "released",
)
READ_COLUMNS = (*LINE_COLUMNS, "pinned_at", "promised_on")
"""The last two are ours: a newer picture of the order leaves them as they are."""
READ = tuple(order_lines.c[name] for name in READ_COLUMNS)
PLAN_COLUMNS = ("allocated", "owed", "is_waiting", "promise", "why", "ships_on", "is_preorder")
TOLD_ON = func.coalesce(order_lines.c.promised_on, bindparam("new_promised_on", type_=Date))
IS_OWED = bindparam("is_owed", type_=Boolean)
ONCE_OWED = case((IS_OWED, true()), else_=order_lines.c.is_backorder)
SHIPS_TOO_LATE = case((and_(IS_OWED, bindparam("new_ships_on", type_=Date) > TOLD_ON), true()), else_=false())


class SqlOrders(Repository):
    def get(self, ids: Collection[OrderId]) -> dict[OrderId, Order]:
        found: dict[OrderId, Order] = {}
        for some in chunks(ids):
            found.update(self._load(orders.c.order_id.in_(some), order_lines.c.order_id.in_(some)))
        return found

    def save(self, orders_now: Sequence[Order]) -> None:
        """Insert or replace with all lines; what a line was promised stays with it."""
        latest = {order.order_id: order for order in orders_now}
        self._upsert(orders, [self._order_row(order) for order in latest.values()])
        self._stay_forgotten(latest)
        self._forget_lines(latest)
        self._upsert(order_lines, [row for order in latest.values() for row in self._line_rows(order)])

    def _stay_forgotten(self, ids: Collection[OrderId]) -> None:
        """Whoever was erased is not brought back by a newer picture of the order."""
        for some in chunks(ids):
            erased = self._mine(orders) & orders.c.order_id.in_(some) & orders.c.erased_at.is_not(None)
            nobody = {"email": "", "shopper_name": "", "customer_id": 0, "staff_notes": "", "cart_id": None, **NO_KEYS}
            self._connection.execute(update(orders).where(erased).values(nobody))

    def holding_items(self, items: Collection[ItemId]) -> list[Order]:
        found: dict[OrderId, Order] = {}
        for some in chunks(items):
            holding = select(order_lines.c.order_id).where(
                self._mine(order_lines), order_lines.c.item_id.in_(some), order_lines.c.holds_units
            )
            found.update(self._load(orders.c.order_id.in_(holding), order_lines.c.order_id.in_(holding)))
        return sorted(found.values(), key=lambda order: order.order_id)

    def lines_holding(self, items: Collection[ItemId]) -> dict[ItemId, list[OrderLine]]:
        found: dict[ItemId, list[OrderLine]] = {}
        for some in chunks(items):
            query = select(*READ).where(
                self._mine(order_lines), order_lines.c.item_id.in_(some), order_lines.c.holds_units
            )
            for row in self._connection.execute(query):
                found.setdefault(row.item_id, []).append(_line(row))
        return found

    def sent_when_ready(self, item: ItemId, *, since: datetime) -> int:
        is_of_order = (orders.c.tenant_id == order_lines.c.tenant_id) & (orders.c.order_id == order_lines.c.order_id)
        # A line that was never planned was first heard of when it had left.
        was_ready = (order_lines.c.owed == 0) & order_lines.c.ships_on.in_((READY_DAY, NO_DAY))
        query = (
            select(func.coalesce(func.sum(order_lines.c.shipped), 0))
            .join_from(order_lines, orders, is_of_order)
            .where(self._mine(order_lines), order_lines.c.item_id == item, order_lines.c.shipped > 0, was_ready)
            .where(orders.c.modified_at >= since)
        )
        return int(self._connection.execute(query).scalar_one())

    def promises(self, ids: Collection[OrderId]) -> dict[OrderLineId, Promise]:
        found: dict[OrderLineId, Promise] = {}
        for some in chunks(ids):
            query = select(order_lines.c.line_id, order_lines.c.promise).where(
                self._mine(order_lines), order_lines.c.order_id.in_(some), order_lines.c.promise.is_not(None)
            )
            found.update((row.line_id, row.promise) for row in self._connection.execute(query))
        return found

    def save_line_plans(self, lines: Sequence[LinePlan]) -> None:
        if not lines:
            return
        statement = (
            update(order_lines)
            .where(
                self._mine(order_lines),
                order_lines.c.order_id == bindparam("of_order"),
                order_lines.c.line_id == bindparam("of_line"),
            )
            .values(
                {name: bindparam(f"new_{name}") for name in PLAN_COLUMNS}
                | {"promised_on": TOLD_ON, "is_backorder": ONCE_OWED, "is_late": SHIPS_TOO_LATE}
            )
        )
        rows = [_plan_values(line) for line in sorted(lines, key=lambda line: (line.order_id, line.line_id))]
        self._connection.execute(statement, rows)

    def pin(self, order: OrderId, lines: Collection[OrderLineId], at: datetime | None) -> int:
        """How many of the lines there are."""
        these = (order_lines.c.order_id == order) & order_lines.c.line_id.in_(lines)
        statement = update(order_lines).where(self._mine(order_lines), these).values(pinned_at=at)
        return self._connection.execute(statement).rowcount

    def set_by_hand(self, ids: Collection[OrderId]) -> dict[OrderLineId, SetByHand]:
        found: dict[OrderLineId, SetByHand] = {}
        for some in chunks(ids):
            query = select(order_lines.c.line_id, order_lines.c.by_hand).where(
                self._mine(order_lines), order_lines.c.order_id.in_(some), order_lines.c.by_hand.is_not(None)
            )
            found.update((row.line_id, row.by_hand) for row in self._connection.execute(query))
        return found

    def save_by_hand(self, order: OrderId, line: OrderLineId, dates: SetByHand | None) -> None:
        this = self._mine(order_lines) & (order_lines.c.order_id == order) & (order_lines.c.line_id == line)
        known = self._connection.execute(select(order_lines.c.by_hand).where(this)).scalar()
        values: dict[str, Any] = {"by_hand": dates}
        if dates is None and known and known.before:
            values["promise"] = known.before
        self._connection.execute(update(order_lines).where(this).values(values))

    def reasons(self, ids: Collection[OrderId]) -> dict[OrderLineId, Saying]:
        found: dict[OrderLineId, Saying] = {}
        for some in chunks(ids):
            query = select(order_lines.c.line_id, order_lines.c.why).where(
                self._mine(order_lines), order_lines.c.order_id.in_(some)
            )
            found.update((row.line_id, row.why) for row in self._connection.execute(query))
        return found

    def customers_without_group(self) -> set[int]:
        holding = select(order_lines.c.order_id).where(self._mine(order_lines), order_lines.c.holds_units)
        unknown = (orders.c.customer_id > 0) & orders.c.customer_group.is_(None)
        query = select(orders.c.customer_id).where(self._mine(orders), unknown, orders.c.order_id.in_(holding))
        return set(self._connection.execute(query.distinct()).scalars())

    def save_customer_groups(self, groups: Mapping[int, int]) -> None:
        for customer, group in sorted(groups.items()):
            theirs = (orders.c.customer_id == customer) & orders.c.customer_group.is_(None)
            self._connection.execute(update(orders).where(self._mine(orders), theirs).values(customer_group=group))

    def mark_confirmed(self, ids: Collection[OrderId], at: datetime) -> None:
        for some in chunks(ids):
            self._connection.execute(
                update(orders).where(self._mine(orders), orders.c.order_id.in_(some)).values(confirmed_at=at)
            )

    def unconfirmed(self, ids: Collection[OrderId]) -> set[OrderId]:
        found: set[OrderId] = set()
        for some in chunks(ids):
            query = select(orders.c.order_id).where(
                self._mine(orders), orders.c.order_id.in_(some), orders.c.confirmed_at.is_(None)
            )
            found.update(self._connection.execute(query).scalars())
        return found

    def add_to_ledger(self, order: OrderId, *, at: datetime, surface: str, text: str, facts: Mapping[str, Any]) -> None:
        (new_id,) = self._new_ids(told, 1)
        row = self._row(id=new_id, order_id=order, at=at, surface=surface, text=text, facts=facts)
        self._connection.execute(insert(told), row)

    def contacts(self, ids: Collection[OrderId]) -> dict[OrderId, str]:
        found: dict[OrderId, str] = {}
        for some in chunks(ids):
            query = select(orders.c.order_id, orders.c.contact_email).where(
                self._mine(orders), orders.c.order_id.in_(some), orders.c.contact_email.is_not(None)
            )
            found.update((row.order_id, row.contact_email) for row in self._connection.execute(query))
        return found

    def save_contact(self, order: OrderId, email: str) -> None:
        self._connection.execute(
            update(orders)
            .where(self._mine(orders), orders.c.order_id == order)
            .values(contact_email=email, contact_key=email.lower())
        )

    def told_shipped(self, ids: Collection[OrderId]) -> dict[OrderLineId, int]:
        found: dict[OrderLineId, int] = {}
        for some in chunks(ids):
            query = select(order_lines.c.line_id, order_lines.c.told_shipped).where(
                self._mine(order_lines), order_lines.c.order_id.in_(some)
            )
            found.update((row.line_id, row.told_shipped) for row in self._connection.execute(query))
        return found

    def save_told_shipped(self, order: OrderId, shipped: Mapping[OrderLineId, int]) -> None:
        for line, units in sorted(shipped.items()):
            self._connection.execute(
                update(order_lines)
                .where(self._mine(order_lines), order_lines.c.order_id == order, order_lines.c.line_id == line)
                .values(told_shipped=units)
            )

    def _load(self, which: ColumnElement[bool], which_lines: ColumnElement[bool]) -> dict[OrderId, Order]:
        lines: dict[OrderId, list[OrderLine]] = {}
        query = select(*READ).where(self._mine(order_lines), which_lines)
        for row in self._connection.execute(query.order_by(order_lines.c.order_id, order_lines.c.position)):
            lines.setdefault(row.order_id, []).append(_line(row))
        found = self._connection.execute(select(orders).where(self._mine(orders), which))
        return {row.order_id: _order(row, lines.get(row.order_id, ())) for row in found}

    def _forget_lines(self, latest: Mapping[OrderId, Order]) -> None:
        """Lines that a staff edit removed."""
        wanted = {(order.order_id, line.line_id) for order in latest.values() for line in order.lines}
        key = (order_lines.c.order_id, order_lines.c.line_id)
        gone: list[tuple[int, int]] = []
        for some in chunks(latest):
            query = select(*key).where(self._mine(order_lines), order_lines.c.order_id.in_(some))
            gone += [tuple(row) for row in self._connection.execute(query) if tuple(row) not in wanted]
        for some_gone in chunks(gone):
            self._connection.execute(delete(order_lines).where(self._mine(order_lines), tuple_(*key).in_(some_gone)))

    def _order_row(self, order: Order) -> dict[str, Any]:
        return self._row(
            order_id=order.order_id,
            stage=order.stage,
            status_id=order.status_id,
            placed_at=order.placed_at,
            modified_at=order.modified_at,
            paid_at=order.paid_at,
            channel_id=order.channel_id,
            email=order.shopper.email,
            shopper_name=order.shopper.name,
            locale=order.shopper.locale,
            customer_id=order.shopper.customer_id,
            country=order.shopper.country,
            staff_notes=order.staff_notes,
            is_history=order.is_history,
            cart_id=order.cart_id or None,
            sending=order.sending,
            reopened_at=order.reopened_at,
            customer_group=order.shopper.customer_group,
            value=order.value,
            payment_method=order.payment_method,
            mail_key=order.shopper.email.lower(),
            name_key=order.shopper.name.lower(),
            surname_key=order.shopper.name.lower().rpartition(" ")[2],
        )

    def _line_rows(self, order: Order) -> Iterator[dict[str, Any]]:
        for position, line in enumerate(order.lines):
            holds = order.stage.holds_units and line.item_id is not None and line.open > 0
            owed = line.owed if holds else 0
            yield self._row(
                **{name: getattr(line, name) for name in LINE_COLUMNS},
                position=position,
                owed=owed,
                holds_units=holds,
                is_waiting=owed > 0,
                queue_time=order.queue_time,
                channel_id=order.channel_id,
            )


def _line(row: Row[Any]) -> OrderLine:
    return OrderLine(**dict(zip(READ_COLUMNS, row, strict=True)))


def _plan_values(line: LinePlan) -> dict[str, Any]:
    window = line.promise.last_window
    return {
        "new_promised_on": window.latest if window else None,
        "of_order": line.order_id,
        "of_line": line.line_id,
        "new_allocated": line.allocated,
        "new_owed": line.owed,
        "new_is_waiting": line.owed > 0,
        "new_promise": line.promise,
        "new_why": line.why,
        "new_ships_on": window.latest if window else NO_DAY if line.owed else READY_DAY,
        "new_is_preorder": line.is_preorder,
        "is_owed": line.owed > 0,
    }


def _order(row: Row[Any], lines: Collection[OrderLine]) -> Order:
    return Order(
        order_id=row.order_id,
        stage=row.stage,
        status_id=row.status_id,
        placed_at=row.placed_at,
        modified_at=row.modified_at,
        shopper=Shopper(
            email=row.email,
            name=row.shopper_name,
            locale=row.locale,
            customer_id=row.customer_id,
            country=row.country,
            customer_group=row.customer_group,
        ),
        channel_id=row.channel_id,
        lines=tuple(lines),
        staff_notes=row.staff_notes,
        is_history=row.is_history,
        paid_at=row.paid_at,
        cart_id=row.cart_id or "",
        sending=row.sending,
        reopened_at=row.reopened_at,
        value=row.value or Decimal(0),
        payment_method=row.payment_method,
    )
