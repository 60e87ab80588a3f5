"""What a shopper sees behind the signed link of an order, and what they may do there; a link once more for those who lost it.

The truth at any time: as long as the plan keeps what was told, the told dates stand; where it does not, the new ones do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import ItemId, OrderId, OrderLineId, ProductId, TenantId
from plugin.domain.item import Product
from plugin.domain.notices import Notice
from plugin.domain.order import OrderStage
from plugin.domain.promise import PromisePart
from plugin.domain.store import ConnectionState
from plugin.domain.substitute import ChoiceState, SubstituteChoice
from plugin.domain.telling import ToldPart
from plugin.services.answers import Answers, LineStatus, OrderStatus
from plugin.services.errors import Conflict, NotFound
from plugin.services.facts import OrderLinkFacts, to_json
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.notices import Cancellation, CancellationState
from plugin.services.ports.unit_of_work import Units
from plugin.services.substitute_choices import SubstituteChoices
from plugin.services.substitutes import Instead, offered

CHANNEL = "page"
LINK_EVERY_MINUTES = 15
"""A link is mailed at most once in this time, however often it is asked for."""
GONE = frozenset({ConnectionState.UNINSTALLED, ConnectionState.LEFT})


class Action(StrEnum):
    """What the buttons of the page do; also the last part of their addresses."""

    KEEP = "keep"
    CANCEL = "cancel"
    SHIP_READY = "ship-ready"
    ADDRESS = "address"
    SUBSTITUTE = "substitute"
    TAKE_BACK = "take-back"


@dataclass(frozen=True, slots=True)
class Told:
    """Units of a line that ship together, and why then. `window` None: no date can be given."""

    units: int
    window: DateWindow | None
    part: PromisePart


@dataclass(frozen=True, slots=True)
class LineView:
    status: LineStatus
    image_url: str
    options: str
    is_open: bool
    today: date
    instead: tuple[Instead, ...] = ()
    """What may be taken in its place."""
    choice: SubstituteChoice | None = None
    """The substitute that was chosen last, unless the shopper has taken that back."""

    @property
    def line_id(self) -> OrderLineId:
        return self.status.line.line_id

    @property
    def cancelled(self) -> tuple[Cancellation, ...]:
        wanted = {CancellationState.DECIDED, CancellationState.REFUNDED}
        return tuple(one for one in self.status.cancellations if one.state in wanted)

    @property
    def ready(self) -> int:
        """Units that lie here and may leave; where nothing is counted, all that is open."""
        line, promise = self.status.line, self.status.promise
        if not self.is_open:
            return 0
        waiting = sum(part.units for part in promise.later) if promise else 0
        return max(0, line.open - waiting)

    @property
    def later(self) -> tuple[Told, ...]:
        promise = self.status.promise
        if not self.is_open or promise is None or not self.status.line.open:
            return ()
        told = self.status.told
        if told is None:
            return tuple(Told(part.units, part.window, part) for part in promise.later)
        waiting = sum(part.units for part in promise.later)
        parts = told.owed_parts(
            self.status.line, owed=waiting, later=promise.later, notices=self.status.notices, today=self.today
        )
        return _merged(Told(c.units, self._kept_window(part.told, c.window), c) for part in parts for c in part.coming)

    @property
    def notice(self) -> Notice | None:
        """The delay that may be answered."""
        record = self.status.open_notice if self.is_open else None
        return record.notice if record else None

    def _kept_window(self, told: ToldPart, planned: DateWindow | None) -> DateWindow | None:
        """A move inside what was told is no news."""
        heard = [r.notice for r in self.status.notices if r.part == told.number and r.notice.was_heard]
        window = heard[-1].new_window if heard else told.window
        return window if window and planned and planned.latest <= window.latest else planned


def _merged(told: Iterable[Told]) -> tuple[Told, ...]:
    """Units that are told the same date are told it once."""
    merged: list[Told] = []
    for one in told:
        if merged and merged[-1].window == one.window:
            merged[-1] = replace(merged[-1], units=merged[-1].units + one.units)
        else:
            merged.append(one)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class OrderView:
    """`may_act` False: the shop has left us, or the order is over; the page only tells."""

    status: OrderStatus
    lines: tuple[LineView, ...]
    may_act: bool
    carried_out: tuple[SubstituteChoice, ...] = ()
    """Substitutes the shop put in the place of lines that are gone now."""

    @property
    def number(self) -> OrderId:
        return self.status.order.order_id

    @property
    def today(self) -> date:
        return self.status.today

    @property
    def is_cancelled(self) -> bool:
        return self.status.order.stage is OrderStage.CANCELLED

    @property
    def is_done(self) -> bool:
        return self.status.order.stage is OrderStage.CLOSED

    @property
    def may_cancel(self) -> bool:
        return self.may_act and any(line.status.may_cancel for line in self.lines)

    @property
    def may_keep_several(self) -> bool:
        """Whether one button for all saves pressing several."""
        return self.may_act and sum(line.notice is not None for line in self.lines) > 1

    @property
    def is_nameless(self) -> bool:
        """The shopper's name and address are not kept with it, or not any more."""
        return not self.status.contact


@dataclass(frozen=True, slots=True)
class Asked:
    """What a button sent. `line` None: the whole order."""

    action: Action
    line: OrderLineId | None = None
    email: str = ""
    item: ItemId | None = None
    """The substitute that was chosen."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    units: Units
    answers: Answers
    choices: SubstituteChoices

    def look(self, tenant_id: TenantId, order_id: OrderId) -> OrderView:
        """Raises NotFound."""
        status = self.answers.order_status(tenant_id, order_id)
        with self.units(tenant_id) as work:
            ids = {line.product_id for line in status.order.lines if line.product_id}
            products = work.items.products(ids)
            is_gone = work.tenant().state in GONE
            instead = offered(work, status.lines) if status.is_open else {}
            choices = {choice.line_id: choice for choice in work.substitutes.choices([order_id])}
        lines = tuple(
            _with_substitutes(
                _line(line, products, is_open=status.is_open, today=status.today),
                instead.get(line.line.line_id, ()),
                choices.get(line.line.line_id),
            )
            for line in status.lines
        )
        return OrderView(
            status=status,
            lines=lines,
            may_act=status.is_open and not is_gone and any(line.status.may_cancel for line in lines),
            carried_out=tuple(
                choice
                for line_id, choice in choices.items()
                if choice.state is ChoiceState.DONE and line_id not in {line.line_id for line in lines}
            ),
        )

    def act(self, tenant_id: TenantId, order_id: OrderId, asked: Asked) -> bool:
        """False where it was too late: nothing was changed. Raises NotFound, DomainError for a wrong address."""
        if not self.look(tenant_id, order_id).may_act:
            return False
        lines = [asked.line] if asked.line is not None else None
        try:
            match asked.action:
                case Action.SUBSTITUTE | Action.TAKE_BACK:
                    self._replace(tenant_id, order_id, asked)
                case Action.KEEP:
                    self.answers.keep(tenant_id, order_id, lines, channel=CHANNEL)
                case Action.CANCEL:
                    self.answers.cancel(tenant_id, order_id, lines, channel=CHANNEL)
                case Action.SHIP_READY:
                    self.answers.ship_ready_now(tenant_id, order_id, channel=CHANNEL)
                case Action.ADDRESS:
                    self.answers.change_address(tenant_id, order_id, asked.email, channel=CHANNEL)
        except Conflict:
            return False
        return True

    def _replace(self, tenant_id: TenantId, order_id: OrderId, asked: Asked) -> None:
        if asked.line is None:
            raise NotFound("line", "")
        if asked.action is Action.TAKE_BACK:
            self.choices.take_back(tenant_id, order_id, asked.line, channel=CHANNEL)
        elif asked.item is None:
            raise NotFound("item", "")
        else:
            self.choices.choose(tenant_id, order_id, asked.line, asked.item, channel=CHANNEL)

    def send_link(self, tenant_id: TenantId, order_id: OrderId, email: str) -> None:
        """Mail the link where number and address belong together. Says nothing about whether they do."""
        wanted = email.strip().lower()
        now = self.answers.planning.clock.now()
        with self.units(tenant_id) as work:
            order = work.orders.get([order_id]).get(order_id)
            contact = work.orders.contacts([order_id]).get(order_id, "")
            tenant = work.tenant()
            known = {order.shopper.email.lower(), contact.lower()} - {""} if order else set()
            if order and wanted in known:
                facts = OrderLinkFacts(order_id=order_id, decided_on=now.date())
                message = NewMessage(
                    key=f"order_link:{order_id}:{_quarter(now)}",
                    kind=MessageKind.ORDER_LINK,
                    to=contact or order.shopper.email,
                    locale=order.shopper.reads(tenant.profile.language),
                    facts=to_json(facts),
                )
                if work.messages.add([message], at=now):
                    work.wake("deliver", tenant_id)
            work.commit()


def _line(status: LineStatus, products: Mapping[ProductId, Product], *, is_open: bool, today: date) -> LineView:
    line = status.line
    product = products.get(line.product_id) if line.product_id else None
    options = product.label_of(line.item_id) if product and line.item_id else ""
    return LineView(status, product.image_url if product else "", options, is_open, today)


def _with_substitutes(line: LineView, instead: tuple[Instead, ...], choice: SubstituteChoice | None) -> LineView:
    """Nothing more is offered while the shop has to act on what was chosen."""
    shown = choice if choice and choice.state is not ChoiceState.TAKEN_BACK else None
    return replace(line, instead=() if shown and shown.is_open else instead, choice=shown)


def _quarter(now: datetime) -> str:
    return f"{now:%Y%m%d%H}{now.minute // LINK_EVERY_MINUTES}"
