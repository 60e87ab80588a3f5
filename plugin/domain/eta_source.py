"""Who said when goods arrive: the phrases we write ourselves, and how they are read again to be said in another language.

They are kept as English words with the shipment and its promises; what a merchant typed stands as it was typed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from plugin.domain.saying import Saying, said, verbatim


class SaidBy(StrEnum):
    SUPPLIER = "supplier confirmed"
    SUPPLIER_HAS_NO_DAY = "supplier could give no day"
    ESTIMATE = "estimate"
    LEAD_TIME = "estimate: lead time of"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class EtaSource:
    """`words` are the merchant's own, or the name of the supplier whose lead time it is."""

    said_by: SaidBy
    said_on: date | None = None
    words: str = ""

    @property
    def text(self) -> str:
        """As it is kept."""
        day = f"on {self.said_on:%-d %b %Y}" if self.said_on else ""
        return " ".join(part for part in (self.said_by.value, self.words, day) if part)

    @property
    def said(self) -> Saying:
        """The same, to be said in any language."""
        day = self.said_on
        match self.said_by:
            case SaidBy.SUPPLIER:
                return said("supplier confirmed on %(day)s", day=day) if day else said("supplier confirmed")
            case SaidBy.SUPPLIER_HAS_NO_DAY:
                given = said("supplier could give no day on %(day)s", day=day) if day else None
                return given or said("supplier could give no day")
            case SaidBy.ESTIMATE:
                return said("estimate on %(day)s", day=day) if day else said("estimate")
            case SaidBy.LEAD_TIME:
                return said("estimate: lead time of %(supplier)s", supplier=self.words)
            case SaidBy.OTHER:
                return verbatim(self.words)

    @classmethod
    def read(cls, text: str) -> "EtaSource":
        words = text.strip()
        if words.startswith(f"{SaidBy.LEAD_TIME.value} "):
            return cls(SaidBy.LEAD_TIME, words=words.removeprefix(f"{SaidBy.LEAD_TIME.value} "))
        phrase, _, day = words.partition(" on ")
        said_on = _day(day)
        if phrase.lower() not in {SaidBy.SUPPLIER, SaidBy.SUPPLIER_HAS_NO_DAY, SaidBy.ESTIMATE} or (
            day and not said_on
        ):
            return cls(SaidBy.OTHER, words=text)
        return cls(SaidBy(phrase.lower()), said_on)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d %b %Y").date()  # noqa: DTZ007  — a day has no zone
    except ValueError:
        return None
