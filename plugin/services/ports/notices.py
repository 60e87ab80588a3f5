"""What the law wants on record: what each line was told, the notices, the answers, the cancelled units."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from plugin.domain.calendar import DateWindow
from plugin.domain.ids import (
    ItemId,
    OrderId,
    OrderLineId,
)
from plugin.domain.law import Region
from plugin.domain.notices import Answer, CancelCause, Notice
from plugin.domain.order import OrderLine
from plugin.domain.promise import BasisKind, PromisePart
from plugin.domain.substitute import ChoiceState, Substitute, SubstituteChoice
from plugin.domain.telling import OwedPart, ToldPart, owed_parts
from plugin.services.errors import GiveUp
from plugin.services.ports.shop import RefundMade


@dataclass(frozen=True, slots=True)
class Telling:
    """What a shopper was told first about one line, word for word and for good."""

    order_id: OrderId
    line_id: OrderLineId
    at: datetime
    surface: str
    locale: str
    window: DateWindow | None
    text: str
    basis: Mapping[str, Any]
    """What the date stands on: the promise with the basis of each part, as JSON values."""

    @property
    def all_parts(self) -> tuple[ToldPart, ...]:
        """Its dates in the order they were told; units said to be on hand come first, as ones with a negative number."""
        told = self.basis.get("parts", ())
        on_hand = sum(part["kind"] == BasisKind.ON_HAND for part in told)
        return tuple(ToldPart(n - on_hand, part["units"], _window(part)) for n, part in enumerate(told))

    @property
    def parts(self) -> tuple[ToldPart, ...]:
        """The dates of what was said to ship later; one at least."""
        later = tuple(part for part in self.all_parts if part.number >= 0)
        return later or (ToldPart(0, 0, self.window),)

    def owed_parts(
        self,
        line: OrderLine,
        *,
        owed: int,
        later: Sequence[PromisePart],
        notices: Iterable["NoticeRecord"],
        today: date,
    ) -> tuple[OwedPart, ...]:
        """What of each told date is still owed, and when it is to come now."""
        told = sum(part.units for part in self.all_parts)
        cancelled = max(0, told - line.open - line.shipped)
        last = {record.part: record.notice for record in notices if record.notice.kind.is_delay}
        ended = {part for part, notice in last.items() if notice.has_run_out(today)}
        return owed_parts(self.parts, owed=owed, cancelled=cancelled, later=later, ended=ended)


def _window(part: Mapping[str, Any]) -> DateWindow | None:
    if not part["latest"]:
        return None
    return DateWindow(date.fromisoformat(part["earliest"]), date.fromisoformat(part["latest"]))


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A notice about one line as it is kept. `message_key` names the mail it goes out with."""

    notice_id: int
    order_id: OrderId
    line_id: OrderLineId
    notice: Notice
    region: Region
    reason: str
    rules_version: str
    decided_at: datetime
    message_key: str = ""
    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    reminder_bounced_at: datetime | None = None
    answered_at: datetime | None = None
    channel: str = ""
    part: int = 0
    """Which of the line's told dates it is about."""
    units: int = 0
    """That were owed of it when this was decided."""

    @property
    def is_pending(self) -> bool:
        """Decided, and nobody has heard of it yet."""
        return self.sent_at is None and self.bounced_at is None and self.notice.answer is None


class Wants(StrEnum):
    """What the last notice of a line waits for."""

    TELL = "tell"
    """Nobody has heard of it: its mail is on its way, or came back and a person has to call."""
    ANSWER = "answer"
    """The shopper's yes, which the law asks for."""


class GivenAnswer(StrEnum):
    """What a shopper may say on the page of an order."""

    KEEP = "keep"
    CANCEL = "cancel"
    SHIP_READY = "ship_ready"
    ADDRESS = "address"
    WITHDRAW = "withdraw"
    """From the contract, where the law gives that right."""
    SUBSTITUTE = "substitute"
    """Something else instead, which the merchant allows."""
    TAKE_BACK = "take_back"
    """That, and what was bought is wanted again."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer with its time; only ever added. `lines` empty: it is about the whole order."""

    order_id: OrderId
    at: datetime
    answer: GivenAnswer
    channel: str
    lines: tuple[OrderLineId, ...] = ()
    detail: str = ""


class CancellationState(StrEnum):
    PROPOSED = "proposed"
    """Has to be cancelled; waits for the merchant's yes."""
    DECIDED = "decided"
    """Cancelled; the money is on its way."""
    REFUNDED = "refunded"
    DISMISSED = "dismissed"
    """Proposed, and no longer needed: the shopper or the merchant decided otherwise."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Units of one line that are cancelled, and what became of their money."""

    cancellation_id: int
    order_id: OrderId
    line_id: OrderLineId
    units: int
    cause: CancelCause
    state: CancellationState
    decided_at: datetime
    refund_due: date | None = None
    refunded_at: datetime | None = None
    amount: str = ""
    """In the order's currency, as the platform said it."""
    is_offline: bool = False
    """The platform cannot move this money: a person has to."""
    with_shipping: bool = False
    """The last of an order of which nothing was sent: what shipping cost goes back as well."""
    problem: str = ""
    """Why the refund was given up on; a person has to look."""
    attempts: int = 0


class Notices(Protocol):
    """What each line was told, by which notice, and what came of it. Rows are added; only what became of them is written."""

    def tell(self, tellings: Sequence[Telling]) -> None:
        """The first telling of a line stands; later ones of the same surface are kept beside it."""
        ...

    def told(self, orders: Collection[OrderId]) -> dict[OrderLineId, Telling]:
        """The first mail to each line: what we are held to."""
        ...

    def add(self, records: Sequence[NoticeRecord]) -> list[int]:
        """`notice_id` is ignored; returns the new ids in order."""
        ...

    def of_orders(self, orders: Collection[OrderId]) -> dict[OrderLineId, list[NoticeRecord]]:
        """Oldest first, without those that were withdrawn."""
        ...

    def withdraw(self, ids: Collection[int], *, at: datetime) -> None:
        """The news changed before it was told, or the address did after it came back."""
        ...

    def send_with(self, ids: Collection[int], message_key: str) -> None: ...
    def send_again_with(self, message_key: str, other_key: str) -> None:
        """Another mail now tells what this one would have told."""
        ...

    def message_sent(self, message_key: str, *, at: datetime) -> None: ...
    def message_bounced(self, message_key: str, *, at: datetime) -> None: ...
    def reminder_bounced(self, order: OrderId, *, at: datetime) -> None:
        """The notices it reminded of have arrived and stand; but a person has to call."""
        ...

    def answered(self, ids: Collection[int], answer: Answer, *, at: datetime, channel: str) -> None: ...
    def reminded(self, ids: Collection[int], *, on: date | None) -> None:
        """None: not any more, for it came back and there is another address now."""
        ...

    def add_answer(self, answer: AnswerRecord) -> None: ...
    def answers(self, order: OrderId) -> list[AnswerRecord]: ...
    def bounced(self) -> list[NoticeRecord]:
        """Notices whose mail, or whose reminder, never reached their shoppers and that nobody has answered: to call."""
        ...


class Cancellations(Protocol):
    def add(self, cancellations: Sequence[Cancellation]) -> list[int]: ...
    def of_orders(self, orders: Collection[OrderId]) -> list[Cancellation]: ...
    def in_state(self, state: CancellationState, *, limit: int) -> list[Cancellation]:
        """Oldest first."""
        ...

    def claim(self, *, at: datetime, limit: int) -> list[Cancellation]:
        """Decided ones whose refund is due to be tried; ours until their lease runs out."""
        ...

    def decide(
        self, units: Mapping[int, int], *, at: datetime, refund_due: date, with_shipping: int | None = None
    ) -> None:
        """Proposed ones become decided, with so many units each; one of them may carry the shipping cost."""
        ...

    def dismiss(self, ids: Collection[int]) -> None: ...
    def refunded(self, cancellation: int, made: RefundMade, *, at: datetime) -> None: ...
    def postpone(self, cancellation: int, *, until: datetime) -> None:
        """Tried again then; what was given up on gets all its tries back."""
        ...

    def park(self, cancellation: int, problem: GiveUp) -> None: ...
    def has_due(self, *, at: datetime) -> bool: ...


class Substitutes(Protocol):
    """What may be sent instead of an item, and what shoppers chose of it."""

    def of_items(self, items: Collection[ItemId]) -> dict[ItemId, tuple[Substitute, ...]]:
        """In the merchant's order; none for items without any."""
        ...

    def save(self, item: ItemId, substitutes: Sequence[Substitute]) -> None:
        """In the place of what was allowed before."""
        ...

    def add_choice(self, choice: SubstituteChoice) -> int:
        """`choice_id` is ignored; returns the new one."""
        ...

    def choices(self, orders: Collection[OrderId]) -> list[SubstituteChoice]:
        """Oldest first."""
        ...

    def choice(self, choice_id: int) -> SubstituteChoice | None: ...
    def open_choices(self, *, after: int = 0, limit: int) -> list[SubstituteChoice]:
        """Of all orders, oldest first."""
        ...

    def settle(self, choice: SubstituteChoice, state: ChoiceState, *, at: datetime) -> bool:
        """False if it was settled before: nothing happens twice."""
        ...

    def spoken_for(self, items: Collection[ItemId]) -> dict[ItemId, int]:
        """Units of these items that open choices wait for."""
        ...
