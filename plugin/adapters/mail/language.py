"""What the mails need of a language; adapters/wording speaks it, and bootstrap.py brings the two together."""

from datetime import date
from typing import Protocol

from plugin.domain.calendar import DateWindow


class Language(Protocol):
    @property
    def tag(self) -> str:
        """For the `lang` attribute: `de`, `en-GB`."""
        ...

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        ...

    def gettext(self, message: str, /, **values: object) -> str: ...
    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str: ...
    def window(self, window: DateWindow, *, today: date) -> str: ...
    def day(self, day: date, *, today: date) -> str: ...
    def long_day(self, day: date) -> str: ...
    def money(self, amount: str) -> str:
        """`12.50 USD` the way it is written there."""
        ...


class Languages(Protocol):
    def language(self, locale: str) -> Language:
        """The nearest language there is; never fails."""
        ...
