"""Messages of every kind to try templates, letters and the post with. The day is 22 November 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime

from plugin.adapters.links import SignedLinks
from plugin.adapters.mail.writer import Writer
from plugin.adapters.wording.shop import BabelWording
from plugin.domain.ids import MessageId, TenantId
from plugin.domain.law import RULES, NoticeKind, Region, blocks_of
from plugin.domain.notices import CancelCause, DelayReason, Silence
from plugin.domain.promise import BasisKind
from plugin.services.facts import (
    CancelledFacts,
    DigestFacts,
    DisconnectedFacts,
    LaterFacts,
    LeftBehindFacts,
    LeftItemFacts,
    LimitFacts,
    LineFacts,
    NoticeFacts,
    OrderFacts,
    OrderLinkFacts,
    ParkedFacts,
    ParkedThing,
    SeveralFacts,
    ToldOrder,
    WaitlistFacts,
    WithdrawalFacts,
    to_json,
)
from plugin.services.ports.messages import MessageKind, OutboxMessage, SenderIdentity

ADA = TenantId("ada1234567")
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
LOCALES = ("en", "de", "fr", "es")
APP_URL = "https://store-ada.example.com/manage/app/42"
SHOP = SenderIdentity(
    store_name="Müller & Söhne",
    storefront_url="https://mugs.example.com",
    logo_url="https://mugs.example.com/logo.png",
    reply_to="hello@mugs.example.com",
    postal_address="Müller & Söhne\nHauptstr. 1\n10115 Berlin",
)


class FixedClock:
    def __init__(self, now=NOW):
        self.moment = now

    def now(self):
        return self.moment

    def today(self, zone):
        return self.moment.astimezone(zone).date()


LINKS = SignedLinks("https://backorder.example.com", ["a-secret-key-of-thirty-two-letters"])
WORDING = BabelWording(FixedClock())
WRITER = Writer(languages=WORDING, links=LINKS)


def later(units=1, earliest="2026-12-04", latest="2026-12-11", kind=BasisKind.SHIPMENT):
    """Units that ship within a window; `earliest=None` for no date."""
    if earliest is None:
        return LaterFacts(units)
    return LaterFacts(units, date.fromisoformat(earliest), date.fromisoformat(latest or earliest), kind)


def a_line(*parts, name="Red Mug", quantity=None, now=0, **rest):
    units = now + sum(part.units for part in parts)
    return LineFacts(name=name, quantity=quantity or units, now_units=now, later=parts, **rest)


def an_order(*lines, **rest):
    given = {"shopper_name": "Jan", "order_url": "https://mugs.example.com/order/1001", **rest}
    return OrderFacts(order_id=1001, placed_on=date(2026, 11, 21), decided_on=TODAY, lines=lines, **given)


MOON_LAMP = a_line(later(1, "2027-03-12", None, BasisKind.RELEASE), name="Moon Lamp", is_preorder=True)
WAITLIST = WaitlistFacts(
    entry_id=7,
    name="Red Mug",
    decided_on=TODAY,
    options="Large",
    sku="MUG-R-L",
    product_url="https://mugs.example.com/red-mug",
)


def a_notice(kind, region=Region.US, *, has_date=True, **rest):
    part = later(1, "2026-12-18", "2026-12-22") if has_date else later(1, None)
    given = {
        "order_id": 1001,
        "placed_on": date(2026, 11, 1),
        "decided_on": TODAY,
        "lines": (a_line(part, now=1, options="Large", old_day=date(2026, 12, 4)),),
        "kind": kind,
        "reason": DelayReason.SUPPLIER_LATER,
        "silence": Silence.CANCELS,
        "blocks": tuple(sorted(blocks_of(kind, RULES[region], has_date=has_date))),
        "answer_by": date(2027, 1, 3),
        "shopper_name": "Jan",
        **rest,
    }
    return NoticeFacts(**given)


CANCELLED = {
    "order_id": 1001,
    "placed_on": date(2026, 11, 1),
    "decided_on": TODAY,
    "lines": (a_line(quantity=2),),
    "cause": CancelCause.SILENCE,
    "shopper_name": "Jan",
}
"""Of the order, or of part of it: `is_whole` says which."""
SAMPLES = {
    MessageKind.CONFIRMED: an_order(a_line(later(1), now=1, options="Large", sku="MUG-R-L"), MOON_LAMP),
    MessageKind.ARRIVED: an_order(a_line(later(1), now=1, arrived_units=1), a_line(later(2, None), name="Spoon")),
    **{
        kind: an_order(a_line(later(1), now=1, old_day=date(2027, 1, 8)), MOON_LAMP, order_url="")
        for kind in (
            MessageKind.DATE_SET,
            MessageKind.EARLIER,
            MessageKind.PART_SHIPPED,
            MessageKind.SHIPPED_LATE,
            MessageKind.STATUS,
        )
    },
    MessageKind.SEVERAL: SeveralFacts(
        TODAY,
        (
            ToldOrder(MessageKind.EARLIER, an_order(a_line(later(1), now=1, old_day=date(2027, 1, 8)), MOON_LAMP)),
            ToldOrder(
                MessageKind.ARRIVED,
                replace(an_order(a_line(now=2, arrived_units=2, name="Spoon"), order_url=""), order_id=1002),
            ),
        ),
        shopper_name="Jan",
    ),
    MessageKind.DELAY_FIRST_SHORT: a_notice(NoticeKind.FIRST_SHORT),
    MessageKind.DELAY_FIRST_LONG: a_notice(NoticeKind.FIRST_LONG),
    MessageKind.DELAY_FIRST_UNKNOWN: a_notice(NoticeKind.FIRST_UNKNOWN, has_date=False),
    MessageKind.DELAY_RENEWED: a_notice(NoticeKind.RENEWED),
    MessageKind.DELAY: a_notice(NoticeKind.DELAY, Region.EU),
    MessageKind.DELAY_UNKNOWN: a_notice(NoticeKind.DELAY_UNKNOWN, Region.UK, has_date=False),
    MessageKind.REMINDER: a_notice(NoticeKind.FIRST_LONG),
    MessageKind.CANCELLED: CancelledFacts(**CANCELLED, refund_due=date(2026, 12, 1)),
    MessageKind.REFUNDED: CancelledFacts(**CANCELLED, amount="24.00 USD"),
    MessageKind.GONE_AGAIN: WAITLIST,
    MessageKind.MERCHANT_DIGEST: DigestFacts(decided_on=TODAY, to_call=1, to_approve=2, refunds_overdue=1),
    MessageKind.WITHDRAWAL: WithdrawalFacts(
        order_id=1001,
        placed_on=TODAY,
        decided_on=TODAY,
        name="Jan Kok",
        email="jan@example.com",
        declared_at="09:30 UTC",
    ),
    MessageKind.ORDER_LINK: OrderLinkFacts(order_id=1001, decided_on=TODAY),
    MessageKind.WAITLIST_CONFIRM: WAITLIST,
    MessageKind.BACK_IN_STOCK: WAITLIST,
    MessageKind.MERCHANT_LIMIT_REACHED: LimitFacts(
        name="Red Mug",
        sku="MUG-R",
        limit=3,
        owed=3,
        decided_on=TODAY,
        next_reference="PO-118",
        next_earliest=date(2026, 12, 2),
        next_latest=date(2026, 12, 2),
        app_url=APP_URL,
    ),
    MessageKind.MERCHANT_PARKED: ParkedFacts(
        thing=ParkedThing.ORDER,
        reason="configuration",
        decided_on=TODAY,
        about="#1001",
        explanation="The scope store_v2_orders is missing.",
        app_url=APP_URL,
    ),
    MessageKind.MERCHANT_DISCONNECTED: DisconnectedFacts(decided_on=TODAY, waiting_lines=12, app_url=APP_URL),
    MessageKind.MERCHANT_LEFT_BEHIND: LeftBehindFacts(
        decided_on=TODAY,
        kept_until=date(2026, 12, 22),
        items=(LeftItemFacts("Red Mug", "MUG-R", 3), LeftItemFacts("Blue Mug", "MUG-B", 10)),
        limits=1,
        products=4,
        orders=12,
    ),
}


def a_message(kind=MessageKind.CONFIRMED, facts=None, *, locale="en-GB", to="jan@example.com", key="confirmed:1001"):
    stored = to_json(SAMPLES[kind] if facts is None else facts)
    return OutboxMessage(MessageId(1), key, kind, to, locale, stored)


def written(kind=MessageKind.CONFIRMED, facts=None, *, locale="en-GB", **shop):
    """What the shopper of a store would read; `shop` changes the sender."""
    return WRITER.write(a_message(kind, facts, locale=locale), replace(SHOP, **shop), tenant=ADA)
