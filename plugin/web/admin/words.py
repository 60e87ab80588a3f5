"""How screens name states and reasons: badges and sentences, said with `gettext` when a page is made."""

from plugin.domain.changes import Availability
from plugin.domain.ranking import RankRule
from plugin.domain.store import ConnectionState
from plugin.services.errors import ParkingReason
from plugin.services.queries import ParkedThing
from plugin.web.admin.speech import gettext, marked

LIMIT_NOT_HELD = marked(
    "Your store takes units off its stock only when an order ships. Until then it can sell more than the backorder limit: "
    "let it adjust stock when an order is placed."
)
"""Said where the tenant has a `limit_warning`."""

Badge = tuple[str, str]
"""What it says, and its tone in admin.css."""

STATE_BADGES: dict[ConnectionState, Badge] = {
    ConnectionState.INSTALLING: (marked("Setting up"), "primary"),
    ConnectionState.CONNECTED: (marked("Connected"), "success"),
    ConnectionState.DISCONNECTED: (marked("Disconnected"), "danger"),
    ConnectionState.LEFT: (marked("Left"), "warning"),
    ConnectionState.UNINSTALLED: (marked("Uninstalled"), "danger"),
}
AVAILABILITY_BADGES: dict[Availability, Badge] = {
    Availability.PLAIN: (marked("Sold as usual"), ""),
    Availability.IN_STOCK: (marked("In stock"), "success"),
    Availability.BACKORDER: (marked("On backorder"), "primary"),
    Availability.PREORDER: (marked("Pre-order"), "primary"),
    Availability.CLOSED: (marked("Limit reached"), "warning"),
}
PARKED_WORDS: dict[ParkingReason, str] = {
    "exceeded": marked("It was tried for hours without success."),
    "rejected": marked("The other side refused it."),
    "gone": marked("What it was meant for no longer exists."),
    "configuration": marked("A setting or a permission is missing."),
    "internal": marked("Something broke on our side."),
}
PARKED_THINGS: dict[ParkedThing, str] = {
    ParkedThing.EVENT: marked("Webhook"),
    ParkedThing.PUBLICATION: marked("Written to the store"),
    ParkedThing.MESSAGE: marked("Mail"),
}
RULE_WORDS: dict[RankRule, tuple[str, str]] = {
    RankRule.PINNED: (marked("Pinned by hand"), marked("Lines you put first yourself.")),
    RankRule.OVERDUE_PROMISE: (marked("Overdue promise"), marked("Lines whose first promised day has passed.")),
    RankRule.COMPLETES_ORDER: (marked("Completes an order"), marked("Lines that are the last an order waits for.")),
    RankRule.PAID_FIRST: (marked("Paid first"), marked("Orders that are paid go before those that are not.")),
    RankRule.CUSTOMER_GROUP: (marked("Customer group"), marked("By your order of groups below.")),
    RankRule.ORDER_VALUE: (marked("Larger order"), marked("The order with the larger total first.")),
    RankRule.PROMISED_DATE: (marked("Earlier promise"), marked("The earlier promised day first.")),
}
CHANNELS = {"page": marked("on the order's page"), "phone": marked("on the phone"), "mail": marked("by mail")}
SETUP_STEPS: dict[str, str] = {
    "waiting": marked("Ask the store who it is and how it counts stock"),
    "webhooks": marked("Register webhooks, so that orders and stock changes are heard of"),
    "catalog": marked("Read products and variants"),
    "orders": marked("Read the open orders"),
    "stock": marked("Read stock levels and plan"),
}
"""The steps services/tenants.py walks through, in its order."""


def badge_words(badge: Badge) -> Badge:
    """The badge in the language of whoever looks."""
    return gettext(badge[0]), badge[1]
