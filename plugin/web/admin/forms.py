"""Forms that come back as they were filled in, with what is wrong beside each field; and what a page says after a deed.

A view that saves is decorated with `shows_again(page)`: a refusal shows that page once more, with the `Form` in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, request
from pydantic import ValidationError

from plugin.domain.errors import DomainError
from plugin.domain.saying import as_saying
from plugin.services.errors import Conflict
from plugin.web.admin.door import app_url
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import gettext, ngettext
from plugin.web.errors import BadInput, Fault, faults_in
from plugin.web.headers import go_to

REFUSALS = (BadInput, DomainError, ValidationError, Conflict)
LARGEST_COUNT = 6
View = Callable[..., Response]
Said = str | tuple[str, str]
"""What is said after a deed: one sentence, or one for a single thing and one with `%(count)s`."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def value(self, name: str, otherwise: object = "") -> str:
        """As it was typed; what is stored where nothing was."""
        return self.values.get(name, "") if self.values else str(otherwise)

    def is_ticked(self, name: str, value: str, *, otherwise: bool) -> bool:
        return self.values.get(name) == value if self.values else otherwise

    def fault(self, name: str) -> str:
        return next((words_of(fault.said) for fault in self.faults if fault.field == name), "")

    def other_faults(self, *shown: str) -> list[str]:
        """What belongs to none of the fields a page shows."""
        return [words_of(fault.said) for fault in self.faults if fault.field not in shown]


BLANK = Form()


def shows_again(page: View) -> Callable[[View], View]:
    """Answer a refusal with the page the form stands on; `page` takes the address's values and `form`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**values: Any) -> Response:
            try:
                return view(**values)
            except REFUSALS as error:
                faults = faults_in(error) or (Fault("", "", as_saying(getattr(error, "said", str(error)))),)
                response = page(**values, form=Form(request.form.to_dict(), faults))
                response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
                return response

        return answer

    return decorate


def done(endpoint: str, key: str, *, count: int | None = None, **values: Any) -> Response:
    """See the page that says what was done: POST → 303 → GET."""
    counted = {} if count is None else {"count": count}
    return go_to(app_url(endpoint, done=key, **counted, **values))


def done_words(known: Mapping[str, Said]) -> str:
    """What the page says on top after a deed; only words it knows, whatever the address says."""
    said = known.get(request.args.get("done", ""), "")
    if isinstance(said, str):
        return gettext(said) if said else ""
    text = request.args.get("count", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) <= LARGEST_COUNT else 0
    return ngettext(*said, count)
