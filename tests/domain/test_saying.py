"""A sentence is kept as pattern and facts, and comes back the same from plain JSON values."""

import json
from datetime import date

import pytest

from plugin.domain.saying import Saying, Term, facts_as_data, said, said_many, saying_of, verbatim

NESTED = said(
    "%(who)s moved %(mail)s to %(day)s: %(rules)s %(note)r.",
    who=said_many("%(count)s person", "%(count)s people", count=2),
    mail=Term("mail", "date_set"),
    day=date(2026, 3, 9),
    rules=(Term("rule", "paid_first"), said("and so on")),
    note="50 % off",
)


@pytest.mark.parametrize(
    ("saying", "english"),
    [
        (said("It is late."), "It is late."),
        (said_many("%(count)s unit", "%(count)s units", count=1), "1 unit"),
        (said_many("%(count)s unit", "%(count)s units", count=0), "0 units"),
        (verbatim("Their words: 100 % wool, %(odd)s"), "Their words: 100 % wool, %(odd)s"),
        (NESTED, "2 people moved date set to 9 Mar 2026: paid first, and so on '50 % off'."),
    ],
)
def test_a_sentence_in_english(saying: Saying, english: str) -> None:
    assert str(saying) == english


def test_a_sentence_comes_back_from_json() -> None:
    kept = json.loads(json.dumps(facts_as_data(NESTED)))
    assert saying_of(NESTED.pattern, kept) == NESTED


def test_what_was_written_down_as_text_stands_as_it_is() -> None:
    assert saying_of("100 % of it: %(x)s", None) == verbatim("100 % of it: %(x)s")
