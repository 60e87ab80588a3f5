"""A store that installed us: who it is, how it counts stock, and what its merchant decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.domain.errors import DomainError
from plugin.domain.ids import LocationId, OrderId, TenantId
from plugin.domain.order import InventorySettings, Order, Payment, as_written_in
from plugin.domain.quiet import after_quiet_hours
from plugin.domain.ranking import AllocationRules
from plugin.domain.restock import WaveRules
from plugin.domain.saying import NOTHING_SAID, Saying, said
from plugin.domain.stock import SellingMode, StockTiming

FIRST_LOCATION = LocationId(1)
"""The default location of nearly every store; asked of the shop at install."""

CANNOT_HOLD_THE_LIMIT = (
    "This store takes units off its stock only when an order ships, so the shop can sell more than the backorder limit "
    "until then. Set it to adjust stock when an order is placed."
)


class CountMeaning(StrEnum):
    """What a number means that an ERP or a person writes into the shop's stock."""

    FREE_TO_SELL = "free_to_sell"
    ON_THE_SHELF = "on_the_shelf"
    """Units tied to open orders included."""


class ConnectionState(StrEnum):
    INSTALLING = "installing"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """The token stopped working; nothing is called until the merchant opens the app again."""
    LEFT = "left"
    """Everything was restored; waiting for the uninstall."""
    UNINSTALLED = "uninstalled"


class Role(StrEnum):
    """What a user of the store may do here."""

    OWNER = "owner"
    MANAGER = "manager"
    READ_ONLY = "read_only"

    def may(self, needed: "Role") -> bool:
        """Whether this role is enough where that one is needed."""
        order = list(Role)
        return order.index(self) <= order.index(needed)


@dataclass(frozen=True, slots=True)
class StoreProfile:
    """What the shop says about itself. Texts may be empty where the merchant left them so."""

    name: str
    country: str
    """ISO 3166 alpha-2; decides the public holidays."""
    time_zone: str
    language: str
    owner_email: str
    order_email: str
    storefront_url: str
    control_panel_url: str
    logo_url: str = ""
    default_channel_id: int = 1
    postal_address: str = ""
    plan: str = ""
    """What BigCommerce calls the store's plan."""

    @property
    def is_sandbox(self) -> bool:
        """A store that nobody buys in. BigCommerce has no field for it; the plans of such stores say so in their names."""
        return "sandbox" in self.plan.casefold()

    def written(self, locale: str = "") -> str:
        """The language as this store's country writes it; the store's own where none is asked for."""
        return as_written_in(self.country, locale or self.language)


class WaitlistPlace(StrEnum):
    """Where shoppers may ask to be told."""

    OFF = "off"
    CLOSED = "closed"
    """Where an item cannot be bought."""
    ALWAYS = "always"
    """Also beside a backorder: for those who would rather wait than order."""


LONGEST_WORDS = 200
SETUP_STEPS = ("facts", "selling", "policy", "sender")
"""What the merchant is asked after the install, in this order; each may be left for later."""


@dataclass(frozen=True, slots=True)
class StorefrontSettings:
    """What the merchant decided about the shop's own pages."""

    enabled: bool = True
    waitlist: WaitlistPlace = WaitlistPlace.CLOSED
    offers_sending: bool = False
    """Whether a mixed cart asks: send together, or as ready?"""
    structured_data: bool = False
    """Whether search engines are told in the page's JSON-LD."""
    feed: bool = False
    """Whether product feeds may fetch our columns."""
    place: str = ""
    """A CSS selector: the sentence comes after this element of the product page; empty: found by itself."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The merchant's own words by language and name, instead of ours."""

    def __post_init__(self) -> None:
        if len(self.place) > LONGEST_WORDS:
            raise DomainError(
                said("place has %(count)s characters; at most %(most)s.", count=len(self.place), most=LONGEST_WORDS),
                field="place",
            )
        for name, text in ((name, text) for texts in self.words.values() for name, text in texts.items()):
            if len(text) > LONGEST_WORDS:
                raise DomainError(
                    said(
                        "%(name)s has %(count)s characters; at most %(most)s.",
                        name=name,
                        count=len(text),
                        most=LONGEST_WORDS,
                    ),
                    field="words",
                    value=name,
                )


@dataclass(frozen=True, slots=True)
class ChannelSender:
    """Whose mail it is, for orders of one storefront. What is empty is the store's own."""

    channel_id: int
    name: str = ""
    reply_to: str = ""
    postal_address: str = ""
    logo_url: str = ""
    url: str = ""
    writes: bool = True
    """False: somebody else tells these shoppers, such as a marketplace; what must be told waits for the merchant."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The test order of a sandbox store. The mark stands on the order, so that one whose answer got lost is found again."""

    mark: str
    order_id: OrderId | None = None


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What the merchant decided; every field has a default that works."""

    mode_override: SellingMode | None = None
    """None: native where the store has it, virtual elsewhere."""
    count_meaning: CountMeaning = CountMeaning.FREE_TO_SELL
    working_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    cut_off: time = time(14, 0)
    storefront: StorefrontSettings = field(default_factory=StorefrontSettings)
    extra_holidays: tuple[date, ...] = ()
    public_holidays: bool = True
    keep_shoppers_days: int = 1825
    """How long after an order is done it names its shopper; a regulator may ask for five years."""
    keep_waitlist_days: int = 90
    """How long the waitlist remembers people who were told, left, or never confirmed."""
    writes_order_notes: bool = True
    sender_name: str = ""
    reply_to: str = ""
    postal_address: str = ""
    allocation: AllocationRules = field(default_factory=AllocationRules)
    opening_words: str = ""
    """The merchant's own tone: a sentence or two before what a notice must say …"""
    closing_words: str = ""
    """… and after it. What must be said itself is not theirs to change."""
    cancels_by_itself: bool = False
    """Whether an order nobody agreed to keep is cancelled and refunded at its deadline, or waits for the merchant's yes."""
    delivery_days: int = 5
    """Days on the road; where the law asks for delivery, our ship dates must come before by so many."""
    quiet_from: time | None = None
    quiet_until: time | None = None
    """Hours of the shop's day in which shoppers get no mail that can wait; None: there are none."""
    sends_digest: bool = True
    waves: WaveRules = field(default_factory=WaveRules)
    dkim_selector: str = ""
    """Which key of the sender's domain signs our mails, as the mail server names it."""
    channel_senders: tuple[ChannelSender, ...] = ()
    """Storefronts that speak under another name than the store."""
    payments: Mapping[str, Payment] = field(default_factory=dict)
    """Payment methods of the shop, in small letters, that are not the usual kind; the law of some regions asks."""
    setup_done: tuple[str, ...] = ()
    """Steps of the set-up that are ticked."""
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class ListRead:
    """How far a long list of the shop was read, while that is not done."""

    name: str
    place: str
    """Where the next page begins, in the adapter's own words."""


@dataclass(frozen=True, slots=True)
class OrdersWalk:
    """Every order modified between these moments of the shop's clock was read; while there is a place, up to there."""

    since: datetime
    until: datetime
    place: str = ""
    """Where the next page begins, in the adapter's own words; empty when all were read."""

    @property
    def is_done(self) -> bool:
        return not self.place


@dataclass(frozen=True, slots=True)
class Tenant:
    """One installed store. The access token is not here: only the adapter that needs it reads it."""

    tenant_id: TenantId
    state: ConnectionState
    connected_at: datetime
    profile: StoreProfile
    inventory: InventorySettings = field(default_factory=InventorySettings)
    settings: StoreSettings = field(default_factory=StoreSettings)
    has_native_backorders: bool = False
    default_location: LocationId = FIRST_LOCATION
    setup_step: str = ""
    """What the install is doing right now, for the progress shown to the merchant; empty when it is done."""
    problem: Saying = NOTHING_SAID
    """Why the store is disconnected, or what it waits for, in words for the merchant."""
    orders_read_until: datetime | None = None
    """Orders modified before this moment have been taken over; the next reconcile starts a little before it."""
    orders_walk: OrdersWalk | None = None
    list_read: ListRead | None = None
    planned_day: date | None = None
    """The shop's day on which lead-time promises for new buyers were last published."""
    judged_day: date | None = None
    """The shop's day on which deadlines of notices were last looked at."""

    @property
    def mode(self) -> SellingMode:
        if self.settings.mode_override:
            return self.settings.mode_override
        return SellingMode.NATIVE if self.has_native_backorders else SellingMode.VIRTUAL

    def awake_at(self, at: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours it lies in."""
        return after_quiet_hours(
            at,
            quiet_from=self.settings.quiet_from,
            quiet_until=self.settings.quiet_until,
            zone=ZoneInfo(self.profile.time_zone),
        )

    def paid_by(self, order: Order) -> Payment:
        return self.settings.payments.get(order.payment_method.strip().lower(), Payment.USUAL)

    @property
    def postal_address(self) -> str:
        """What commercial mail has to show: as the merchant set it, else as the shop has it."""
        return self.settings.postal_address.strip() or self.profile.postal_address.strip()

    @property
    def limit_warning(self) -> str:
        """Why the shop itself cannot stop at the backorder limit, for the merchant; empty where it can."""
        return CANNOT_HOLD_THE_LIMIT if self.inventory.timing is StockTiming.SHIPPED else ""

    @property
    def is_live(self) -> bool:
        return self.state in {ConnectionState.INSTALLING, ConnectionState.CONNECTED}
