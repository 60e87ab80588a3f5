"""The product page's sentences and the block for staff."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.adapters.wording.shop import BabelWording
from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.plan import Offer
from plugin.domain.policy import PolicyLabel
from plugin.domain.promise import Basis, BasisKind, Promise, PromisePart, on_hand_part

WINDOW = DateWindow(date(2026, 12, 4), date(2026, 12, 11))
ONE_DAY = DateWindow(date(2026, 12, 4), date(2026, 12, 4))
RELEASE = DateWindow(date(2027, 3, 12), date(2027, 3, 12))
LOCALES = ("en", "de", "fr", "es")


class NovemberClock:
    def now(self):
        return datetime(2026, 11, 22, 12, tzinfo=UTC)

    def today(self, zone):
        return self.now().astimezone(zone).date()


WORDING = BabelWording(NovemberClock())


def a_part(window=WINDOW, *, units=1, reference=""):
    kind = BasisKind.SHIPMENT if window else BasisKind.UNKNOWN
    return PromisePart(units, window, Basis(kind, reference))


def an_offer(availability=Availability.BACKORDER, window=WINDOW, *, message="", sells_beyond=True):
    return Offer(
        availability=availability,
        on_hand=1 if availability is Availability.IN_STOCK else 0,
        available_for_backorder=3 if sells_beyond else 0,
        label=PolicyLabel.PREORDER if availability is Availability.PREORDER else PolicyLabel.BACKORDER,
        next_part=a_part(window) if sells_beyond else None,
        message=message,
    )


def said(*args, locale="en-GB", **kwargs):
    return WORDING.offer(an_offer(*args, **kwargs), locale)


def test_a_backorder_says_when_it_ships():
    assert said() == "Ships 4–11 Dec"
    assert said(window=ONE_DAY) == "Ships 4 Dec"
    assert said(window=None) == "On backorder; we will tell you the date"


def test_a_preorder_ships_from_its_day():
    assert said(Availability.PREORDER, RELEASE) == "Pre-order, ships from 12 Mar 2027"
    assert said(Availability.PREORDER) == "Pre-order, ships 4–11 Dec"
    assert said(Availability.PREORDER, None) == "Pre-order; we will tell you the date"


def test_an_item_in_stock_says_when_further_units_ship():
    assert said(Availability.IN_STOCK) == "In stock. Further units ship 4–11 Dec."
    assert said(Availability.IN_STOCK, None) == "In stock. For further units we will tell you the date."


@pytest.mark.parametrize("availability", list(Availability))
def test_where_nothing_is_sold_past_zero_the_shops_own_text_stands(availability):
    assert said(availability, sells_beyond=False, message="Coming {date}") == ""


@pytest.mark.parametrize("availability", [Availability.PLAIN, Availability.CLOSED])
def test_plain_and_closed_items_say_nothing_of_ours(availability):
    assert said(availability) == ""


@pytest.mark.parametrize(
    ("locale", "backorder", "preorder", "in_stock", "unknown"),
    [
        (
            "de",
            "Versand 4.–11. Dez.",
            "Vorbestellung, Versand ab 12. März 2027",
            "Auf Lager. Weitere Stück: Versand 4.–11. Dez.",
            "Nachbestellt; das Datum teilen wir Ihnen mit",
        ),
        (
            "fr",
            "Expédition : 4–11 déc.",
            "Précommande, expédition à partir du 12 mars 2027",
            "En stock. Unités suivantes, expédition : 4–11 déc.",
            "En réapprovisionnement ; nous vous indiquerons la date",
        ),
        (
            "es",
            "Envío: 4–11 dic",
            "Reserva, envío a partir del 12 mar 2027",
            "En stock. Más unidades, envío: 4–11 dic",
            "Pendiente de reposición; le comunicaremos la fecha",
        ),
    ],
)
def test_offers_in_other_languages(locale, backorder, preorder, in_stock, unknown):
    assert said(locale=locale) == backorder
    assert said(Availability.PREORDER, RELEASE, locale=locale) == preorder
    assert said(Availability.IN_STOCK, locale=locale) == in_stock
    assert said(window=None, locale=locale) == unknown


def test_the_merchants_own_words_win_and_get_the_date():
    assert said(message="On its way to us, with you after {date}.") == "On its way to us, with you after 4–11 Dec."
    assert said(message="Baked for you on demand") == "Baked for you on demand"
    assert said(Availability.PREORDER, RELEASE, message="Out {date}!") == "Out 12 Mar 2027!"


def test_a_message_that_wants_a_date_gives_way_where_there_is_none():
    assert said(window=None, message="With you {date}") == "On backorder; we will tell you the date"
    assert said(window=None, message="Made to order") == "Made to order"


def test_the_merchants_words_are_not_shown_for_what_is_in_stock():
    assert said(Availability.IN_STOCK, message="Sold out, back {date}") == "In stock. Further units ship 4–11 Dec."


def test_no_markup_reaches_a_theme_that_prints_raw():
    message = "<b onclick='x'>{date}</b> &lt;i&gt; Salt & \"Pepper\"\n\x00\u202e now"
    assert said(message=message) == "‹b onclick=’x’›4–11 Dec‹/b› & lt;i& gt; Salt & ”Pepper” now"


def test_emoji_and_foreign_scripts_stay_whole():
    assert said(message="👨‍👩‍👧 می‌خواهم {date}") == "👨‍👩‍👧 می‌خواهم 4–11 Dec"


def test_variants_that_say_the_same_need_no_names():
    assert WORDING.product([("Blue", an_offer()), ("Red", an_offer())], "en-GB") == "Ships 4–11 Dec"
    assert WORDING.product([("Blue", an_offer(Availability.CLOSED))] * 2, "en-GB") == ""


def test_variants_that_differ_are_named_and_those_without_words_left_out():
    offers = [
        ("Blue, L", an_offer()),
        ("Red, <L>", an_offer(window=None)),
        ("Red, S", an_offer()),
        ("Green", an_offer(Availability.CLOSED)),
    ]
    text = "Blue, L / Red, S: Ships 4–11 Dec · Red, ‹L›: On backorder; we will tell you the date"
    assert WORDING.product(offers, "en-GB") == text


def test_a_product_with_too_many_variants_says_one_sentence_for_all():
    days = [DateWindow(date(2026, 12, day), date(2027, 1, day)) for day in range(1, 29)]
    offers = [(f"Size {n} of a long label", an_offer(window=window)) for n, window in enumerate(days)]
    everything = WORDING.product(offers, "en-GB")
    assert everything == "Ships 1 Dec 2026 – 28 Jan 2027, depending on the option you choose"
    without_a_date = WORDING.product([*offers, ("XL", an_offer(window=None))], "en-GB")
    assert without_a_date == "The ship date depends on the option you choose"


def test_a_product_without_variants_to_speak_of_says_nothing():
    assert WORDING.product([], "en-GB") == ""


def test_the_order_note_has_a_line_for_each_order_line():
    split = Promise((on_hand_part(1), a_part(reference="PO-118", units=2), a_part(RELEASE)))
    note = WORDING.order_note(
        [("Red Mug", split), ("Spoon", Promise((a_part(None, units=2),))), ("Fork", Promise((on_hand_part(1),)))],
        "en-GB",
    )
    assert note.splitlines() == [
        "Red Mug: 1 ready to ship, 2 ship 4–11 Dec (PO-118), 1 ships 12 Mar 2027",
        "Spoon: 2 on backorder, no date yet",
        "Fork: 1 ready to ship",
    ]


def test_a_hostile_name_adds_no_line_to_the_note():
    note = WORDING.order_note([("Mug\n-- end --\r\n" + "x" * 10_000, Promise((on_hand_part(1),)))], "de")
    assert len(note.splitlines()) == 1
    assert len(note) < 150


def test_a_window_by_itself():
    assert WORDING.window(WINDOW, "fr") == "4–11 déc."


offers = st.builds(
    an_offer,
    availability=st.sampled_from(Availability),
    window=st.sampled_from([WINDOW, ONE_DAY, RELEASE, None]),
    message=st.text(max_size=200) | st.just("{date}" * 33),
    sells_beyond=st.booleans(),
)


@given(variants=st.lists(st.tuples(st.text(max_size=300), offers), max_size=30), locale=st.sampled_from(LOCALES))
def test_whatever_a_shop_holds_a_text_is_short_plain_and_on_one_line(variants, locale):
    texts = [WORDING.offer(offer, locale) for _, offer in variants] + [WORDING.product(variants, locale)]
    for text in texts:
        assert len(text) <= 255
        assert not re.search(r"[<>\"'`\\]|&[#\w]", text)
        assert text.replace("\u200c", "").replace("\u200d", "").isprintable()
