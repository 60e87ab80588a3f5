"""What the law asks of a seller who ships late, as data: by region of the ship-to country, with version and source.

Not legal advice. The rules were read in September 2026 from the sources named; docs/law.md says what each is based on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from plugin.domain.order import Payment

RULES_VERSION = "2026-09"


class Region(StrEnum):
    US = "us"
    EU = "eu"
    UK = "uk"
    OTHER = "other"


class Clock(StrEnum):
    """What has to happen by the promised day."""

    SHIPMENT = "shipment"
    DELIVERY = "delivery"


class NoticeKind(StrEnum):
    """What a late line's shopper is owed."""

    FIRST_SHORT = "first_short"
    """US: the first delay, to a date at most 30 days after the promised one; silence consents."""
    FIRST_LONG = "first_long"
    """US: the first delay, to a date further away; without a yes the order is cancelled."""
    FIRST_UNKNOWN = "first_unknown"
    """US: the first delay, and no date can be given."""
    RENEWED = "renewed"
    """US: late again, or no date after a revised one; silence is never consent."""
    DELAY = "delay"
    """EU, UK and elsewhere: a new date, and the shopper's rights."""
    DELAY_UNKNOWN = "delay_unknown"
    DATE_SET = "date_set"
    """Good news: the first date after none could be given."""
    EARLIER = "earlier"
    """Good news: the date moved closer by enough to be worth a mail."""

    @property
    def is_delay(self) -> bool:
        return self not in {NoticeKind.DATE_SET, NoticeKind.EARLIER}


class Block(StrEnum):
    """A part a notice must contain, word for word locked; a mail without one of its blocks is never sent."""

    REVISED_DATE = "revised_date"
    NO_DATE = "no_date"
    REASON = "reason"
    RIGHT_TO_CANCEL = "right_to_cancel"
    FREE_ANSWER = "free_answer"
    SILENCE_CONSENTS = "silence_consents"
    SILENCE_CHANGES_NOTHING = "silence_changes_nothing"
    CANCELS_WITHOUT_YES = "cancels_without_yes"
    CANCEL_ANY_TIME = "cancel_any_time"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class RegionRules:
    """Days are calendar days unless they say working days."""

    region: Region
    clock: Clock
    source: str
    default_days: int = 30
    """From the order until it must be there where no date was shown."""
    silence_consents_within_days: int | None = None
    """A first delay up to this many days needs no answer; None: silence never consents."""
    cancels_unanswered: bool = False
    """Whether an order nobody agreed to keep must be cancelled at the deadline."""
    refund_working_days: int = 7
    refund_days: int | None = None
    """Calendar days instead, where the law allows another time."""
    has_withdrawal: bool = False
    demands_notice: bool = True
    """Whether a delay has to be told by law; where it does not, telling it is a courtesy that lets people sleep."""


RULES: Mapping[Region, RegionRules] = {
    Region.US: RegionRules(
        Region.US,
        Clock.SHIPMENT,
        source="16 CFR Part 435 (Mail, Internet, or Telephone Order Merchandise Rule)",
        silence_consents_within_days=30,
        cancels_unanswered=True,
    ),
    Region.EU: RegionRules(
        Region.EU,
        Clock.DELIVERY,
        source="Directive 2011/83/EU, articles 9, 11a, 13 and 18",
        has_withdrawal=True,
    ),
    Region.UK: RegionRules(
        Region.UK,
        Clock.DELIVERY,
        source="Consumer Rights Act 2015, section 28; Consumer Contracts Regulations 2013",
        has_withdrawal=True,
    ),
    Region.OTHER: RegionRules(
        Region.OTHER, Clock.SHIPMENT, source="no rule known; the promise as it was told", demands_notice=False
    ),
}

PAYMENT_RULES: Mapping[tuple[Region, Payment], RegionRules] = {
    (Region.US, Payment.SELLER_CREDIT): replace(RULES[Region.US], default_days=50, refund_days=30),
    (Region.US, Payment.ON_DELIVERY): replace(
        RULES[Region.OTHER],
        source="16 CFR Part 435 does not cover what is paid on delivery; the promise as it was told",
    ),
}
"""Where the law has other rules for a kind of payment. A billing cycle counts as 30 days."""

EU_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905  — one line of codes reads better than thirty
)
EU_LIKE = frozenset("IS LI NO GF GP MQ RE YT MF".split())  # noqa: SIM905  — the same
"""The directive holds in the whole EEA, and in the parts of France overseas that belong to the Union."""
US_TERRITORIES = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})

BLOCKS: Mapping[NoticeKind, frozenset[Block]] = {
    NoticeKind.FIRST_SHORT: frozenset(
        {Block.REVISED_DATE, Block.RIGHT_TO_CANCEL, Block.FREE_ANSWER, Block.SILENCE_CONSENTS}
    ),
    NoticeKind.FIRST_LONG: frozenset(
        {Block.REVISED_DATE, Block.RIGHT_TO_CANCEL, Block.FREE_ANSWER, Block.CANCELS_WITHOUT_YES}
    ),
    NoticeKind.FIRST_UNKNOWN: frozenset(
        {
            Block.NO_DATE,
            Block.REASON,
            Block.RIGHT_TO_CANCEL,
            Block.FREE_ANSWER,
            Block.CANCELS_WITHOUT_YES,
            Block.CANCEL_ANY_TIME,
        }
    ),
    NoticeKind.RENEWED: frozenset({Block.RIGHT_TO_CANCEL, Block.FREE_ANSWER, Block.CANCELS_WITHOUT_YES}),
    NoticeKind.DELAY: frozenset(
        {Block.REVISED_DATE, Block.RIGHT_TO_CANCEL, Block.FREE_ANSWER, Block.SILENCE_CHANGES_NOTHING}
    ),
    NoticeKind.DELAY_UNKNOWN: frozenset(
        {Block.NO_DATE, Block.REASON, Block.RIGHT_TO_CANCEL, Block.FREE_ANSWER, Block.SILENCE_CHANGES_NOTHING}
    ),
}


def rules_for(country: str, payment: Payment = Payment.USUAL) -> RegionRules:
    region = region_of(country)
    return PAYMENT_RULES.get((region, payment), RULES[region])


def region_of(country: str) -> Region:
    """The region whose rules hold for a ship-to country (ISO 3166 alpha-2); unknown and empty ones are OTHER."""
    code = country.strip().upper()
    if code in US_TERRITORIES:
        return Region.US
    if code in EU_COUNTRIES or code in EU_LIKE:
        return Region.EU
    return Region.UK if code == "GB" else Region.OTHER


def blocks_of(kind: NoticeKind, rules: RegionRules, *, has_date: bool) -> frozenset[Block]:
    """Everything a notice of this kind must contain, there; good news has nothing it must say."""
    if not kind.is_delay:
        return frozenset()
    blocks = BLOCKS[kind]
    if kind is NoticeKind.RENEWED:
        dated = {Block.REVISED_DATE} if has_date else {Block.NO_DATE, Block.REASON, Block.CANCEL_ANY_TIME}
        blocks |= dated
    return blocks | {Block.WITHDRAWAL} if rules.has_withdrawal else blocks
