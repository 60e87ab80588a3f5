"""A sentence kept as its English pattern and the facts in it, so that it can be said in any language when it is read.

`str()` says it in English: for logs, programmes, files and the command line. The screens say it in the merchant's language
(web/admin/speech.py); the patterns are found by their `said("…")` and translated like all other words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Union


@dataclass(frozen=True, slots=True)
class Term:
    """A name of ours, such as a kind of mail: `of` says in which list its words stand."""

    of: str
    name: str

    def __str__(self) -> str:
        return self.name.replace("_", " ")


Fact = Union[str, int, date, Term, "Saying", Sequence["Saying | Term"]]


@dataclass(frozen=True, slots=True)
class Saying:
    """`many` is the pattern where the fact `count` is not one."""

    pattern: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    many: str = ""

    def __str__(self) -> str:
        pattern = self.many if self.many and self.facts["count"] != 1 else self.pattern
        return pattern % {name: _in_english(fact) for name, fact in self.facts.items()}


def said(pattern: str, /, **facts: Fact) -> Saying:
    return Saying(pattern, facts)


def said_many(one: str, many: str, /, *, count: int, **facts: Fact) -> Saying:
    return Saying(one, {"count": count, **facts}, many)


def verbatim(text: str) -> Saying:
    """Words that are nobody's to translate: the shop's answer, a person's note, what was written down as text."""
    return Saying("%(text)s", {"text": text})


NOTHING_SAID = verbatim("")


def as_saying(words: Saying | str) -> Saying:
    return verbatim(words) if isinstance(words, str) else words


def _in_english(fact: Fact) -> str | int:
    match fact:
        case str() | int():
            return fact
        case date():
            return f"{fact:%-d %b %Y}"
        case Saying() | Term():
            return str(fact)
        case _:
            return ", ".join(str(each) for each in fact)


def facts_as_data(saying: Saying) -> dict[str, Any]:
    """All but the pattern, as plain JSON values."""
    data: dict[str, Any] = {"facts": {name: _as_data(fact) for name, fact in saying.facts.items()}}
    return {**data, "many": saying.many} if saying.many else data


def saying_of(pattern: str, data: Mapping[str, Any] | None) -> Saying:
    """The opposite. Without data it was written down as text, before sentences were kept in two parts."""
    if data is None:
        return verbatim(pattern)
    facts = {name: _from_data(fact) for name, fact in data["facts"].items()}
    return Saying(pattern, facts, data.get("many", ""))


def _as_data(fact: Fact) -> Any:
    match fact:
        case str() | int():
            return fact
        case date():
            return {"day": fact.isoformat()}
        case Term(of, name):
            return {"of": of, "name": name}
        case Saying():
            return {"say": fact.pattern, **facts_as_data(fact)}
        case _:
            return [_as_data(each) for each in fact]


def _from_data(data: Any) -> Any:
    match data:
        case {"day": day}:
            return date.fromisoformat(day)
        case {"of": of, "name": name}:
            return Term(of, name)
        case {"say": pattern}:
            return saying_of(pattern, data)
        case list():
            return tuple(_from_data(each) for each in data)
        case _:
            return data
