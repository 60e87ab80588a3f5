"""The delay rules once more, as a person would keep them for one shopper on a sheet of paper: the oracle of two tests.

Written from the rules themselves (docs/law.md), not from the code. One line of one unit; dates are the last days promised.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

WAITS, READY, SENT, CANCELLED = "waits", "ready", "sent", "cancelled"


def days(count: int) -> timedelta:
    return timedelta(days=count)


@dataclass
class Said:
    """One notice: what it named, and what came of it."""

    kind: str
    new_day: date | None
    on: date
    silence: str
    answer_by: date | None
    came_back: bool = False
    answer: str = ""
    reminded: bool = False

    @property
    def is_delay(self) -> bool:
        return self.kind not in {"date_set", "earlier"}

    @property
    def is_heard(self) -> bool:
        return bool(self.answer) or not self.came_back

    @property
    def is_open(self) -> bool:
        """Waits for a yes: silence will end the order."""
        return self.is_delay and not self.came_back and not self.answer and self.silence == "cancels"

    @property
    def is_agreed(self) -> bool:
        return self.answer == "keep" if self.answer else not self.came_back and self.silence == "consents"


@dataclass
class Sheet:
    """What one shopper was promised and told, and what is owed to them."""

    country: str
    bought: date
    told: date | None
    days_on_the_road: int = 5
    news: list[Said] = field(default_factory=list)

    @property
    def is_american(self) -> bool:
        return self.country == "US"

    @property
    def heard(self) -> list[Said]:
        return [said for said in self.news if said.is_heard]

    @property
    def delays(self) -> list[Said]:
        return [said for said in self.news if said.is_delay]

    @property
    def last_delay(self) -> Said | None:
        return self.delays[-1] if self.delays else None

    @property
    def waits_for_ever(self) -> bool:
        return any(said.is_delay and said.new_day is None and said.answer == "keep" for said in self.news)

    @property
    def has_to_be_called(self) -> bool:
        """The last delay came back; another mail would come back as well."""
        last = self.last_delay
        return last is not None and last.came_back and not last.answer

    @property
    def is_out_of_reach(self) -> bool:
        """Good news can wait until somebody is there to read it."""
        return self.has_to_be_called or (bool(self.news) and self.news[-1].came_back and not self.news[-1].answer)

    @property
    def first_day(self) -> date:
        """What was promised first; where nothing was, 30 days: to the truck, in Europe to the door."""
        is_delivery = self.country in {"DE", "GB"}
        return self.told or self.bought + days(30 - (self.days_on_the_road if is_delivery else 0))

    @property
    def binding_day(self) -> date | None:
        """The day we are held to: the first promise, unless the shopper agreed to another; None: to none at all."""
        day: date | None = self.first_day
        agreed = True
        for said in self.heard:
            agreed = said.is_agreed if said.is_delay else agreed
            day = said.new_day if agreed else day
        return day

    @property
    def last_word(self) -> date | None:
        return self.heard[-1].new_day if self.heard else self.told

    def ends_because(self, today: date) -> str:
        """Why the order has to be cancelled today; nothing where it may wait. Only the United States end one by silence."""
        last = self.last_delay
        if not self.is_american or self.waits_for_ever or last is None:
            return ""
        if last.is_open and last.answer_by and today > last.answer_by:
            return "silence"
        day = self.binding_day
        return "never_told" if last.came_back and not last.answer and day and today > day else ""

    def owed(self, today: date, day: date | None, *, has_basis: bool = True) -> Said | None:
        """The notice that must go out today. `day` is when it would ship now, with or without somebody's word for it."""
        if self.ends_because(today):
            return None
        sayable = day if has_basis else None
        binding = self.binding_day
        if binding is None or not self._is_late(today, day, binding):
            return self._good_news(today, sayable)
        if self.has_to_be_called or (self.delays and not self._is_worse(sayable)):
            return None
        kind = self._kind(sayable, binding)
        if kind in {"delay", "delay_unknown"}:
            return Said(kind, sayable, today, "changes_nothing", None)
        if kind == "first_short":
            return Said(kind, sayable, today, "consents", sayable)
        by = max(binding, today) if kind == "renewed" else binding + days(30)
        return Said(kind, sayable, today, "cancels", by)

    def reminds(self, today: date) -> bool:
        """A week before silence ends it, once, and not right after the notice."""
        last = self.last_delay
        if last is None or not last.is_open or last.reminded or last.answer_by is None:
            return False
        return max(last.on + days(3), last.answer_by - days(7)) <= today <= last.answer_by

    def answer(self, word: str) -> None:
        last = self.last_delay
        if last and not last.answer:
            last.answer = word

    def move_address(self) -> None:
        """What came back and nobody answered was never said."""
        self.news = [said for said in self.news if not (said.came_back and not said.answer)]

    def _is_late(self, today: date, day: date | None, binding: date) -> bool:
        if day is None:
            named_a_day = self.told is not None or bool(self.heard)
            return named_a_day or today + days(7) >= binding
        return max(day, today) > binding

    def _is_worse(self, sayable: date | None) -> bool:
        if self.last_word is None:
            return sayable is not None
        return sayable is None or sayable > self.last_word

    def _kind(self, sayable: date | None, binding: date) -> str:
        if not self.is_american or self.waits_for_ever:
            return "delay" if sayable else "delay_unknown"
        if any(said.is_agreed for said in self.delays):
            return "renewed"
        if sayable is None:
            return "first_unknown"
        asked_already = self.last_delay is not None and self.last_delay.is_open
        return "first_long" if asked_already or sayable > binding + days(30) else "first_short"

    def _good_news(self, today: date, sayable: date | None) -> Said | None:
        if sayable is None or sayable < today or self.is_out_of_reach:
            return None
        if self.last_word is None:
            return Said("date_set", sayable, today, "changes_nothing", None)
        matters = sayable + days(7) <= self.last_word
        return Said("earlier", sayable, today, "changes_nothing", None) if matters else None
