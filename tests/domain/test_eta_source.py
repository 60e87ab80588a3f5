"""Who said when goods arrive: written in one way, and read again to be said in another language."""

from datetime import date

import pytest

from plugin.domain.eta_source import EtaSource, SaidBy

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("supplier confirmed on 2 Mar 2026", EtaSource(SaidBy.SUPPLIER, DAY)),
        ("supplier could give no day on 2 Mar 2026", EtaSource(SaidBy.SUPPLIER_HAS_NO_DAY, DAY)),
        ("supplier confirmed", EtaSource(SaidBy.SUPPLIER)),
        ("estimate", EtaSource(SaidBy.ESTIMATE)),
        ("estimate: lead time of Cups on the Corner", EtaSource(SaidBy.LEAD_TIME, words="Cups on the Corner")),
    ],
)
def test_what_we_write_ourselves_is_read_again(text: str, source: EtaSource) -> None:
    assert EtaSource.read(text) == source
    assert source.text == text


@pytest.mark.parametrize("text", ["Jan said so on the phone", "supplier confirmed on Friday", "estimate of PO-1", ""])
def test_a_merchants_own_words_stay_as_they_are(text: str) -> None:
    assert EtaSource.read(text) == EtaSource(SaidBy.OTHER, words=text)


def test_a_capital_letter_makes_no_difference() -> None:
    assert EtaSource.read("Supplier confirmed on 2 Mar 2026").said_by is SaidBy.SUPPLIER
