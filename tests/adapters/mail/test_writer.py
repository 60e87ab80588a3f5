"""What people read: each kind in each language, and the words for each turn an order can take."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from plugin.adapters.mail.writer import FOLDERS, TEMPLATES
from plugin.services.errors import GiveUp
from plugin.services.facts import FACTS_OF_KIND, DisconnectedFacts, LeftItemFacts, LimitFacts, ParkedThing
from plugin.services.ports.messages import MessageKind
from tests.adapters.mail.samples import (
    ADA,
    LINKS,
    LOCALES,
    MOON_LAMP,
    SAMPLES,
    SHOP,
    TODAY,
    WRITER,
    a_line,
    a_message,
    an_order,
    later,
    written,
)

EVERY = [pytest.param(kind, locale, id=f"{kind.value}-{locale}") for kind in MessageKind for locale in LOCALES]
VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """Reads a page strictly: every element closed in order. Keeps texts, elements and the data for machines."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self):
        return " ".join(data for tag, data in self.texts if tag not in {"style", "script", "title"})

    @property
    def links(self):
        return [attributes["href"] for tag, attributes in self.elements if tag == "a"]

    @property
    def data(self):
        return next((json.loads(data) for tag, data in self.texts if tag == "script"), None)


def confirmed(*lines, locale="en-GB", **order):
    return written(MessageKind.CONFIRMED, an_order(*lines, **order), locale=locale)


def arrived(*lines, locale="en-GB"):
    return written(MessageKind.ARRIVED, an_order(*lines), locale=locale)


def bullets(text):
    """The told lines of a plain mail, each with what is said of it."""
    return [" | ".join(part.strip() for part in block.splitlines()) for block in text.split("\n\n") if block[:1] == "*"]


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_every_kind_can_be_read_in_every_language(kind, locale):
    mail = written(kind, locale=locale)
    page = Page(mail.html)
    attributes = next(a for tag, a in page.elements if tag == "html")
    assert attributes == {"lang": locale, "dir": "ltr"}
    assert "\n" not in mail.subject
    assert 10 < len(mail.subject) < 120
    for text in (mail.subject, mail.text, page.text):
        assert not re.search(r"%\(|\{\{|\{%|\bNone\b|&amp;|\.\.(?!\.)", text)
    assert "  \n" not in mail.text.replace("-- \n", "")
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_text_and_html_say_the_same(kind, locale):
    mail = written(kind, locale=locale)
    shown, plain = Page(mail.html).text, re.sub(r"https?://\S+", "", mail.text)
    assert set(re.findall(r"\d+", plain)) <= set(re.findall(r"\d+", shown))
    sentences = re.findall(r"^[^*\s].*[.?!]$", plain, re.MULTILINE)
    assert sentences != []
    assert [sentence for sentence in sentences if sentence not in shown] == []


@pytest.mark.parametrize("kind", MessageKind)
def test_each_language_has_its_own_words(kind):
    assert len({written(kind, locale=locale).text for locale in LOCALES}) == 4


def test_there_are_templates_for_every_kind_and_no_others():
    folders = {path.name: {p.name for p in path.iterdir()} for path in TEMPLATES.iterdir() if path.is_dir()}
    wanted = {FOLDERS.get(kind, kind.value) for kind in MessageKind}
    assert folders == {name: {"subject.txt", "body.txt", "body.html"} for name in wanted}
    assert set(FACTS_OF_KIND) == set(MessageKind) == set(SAMPLES)


def test_the_confirmation_in_full():
    mail = confirmed(a_line(later(1), now=1, options="Large"), MOON_LAMP)
    assert mail.subject == "Your order #1001: part ships now, the rest 4 Dec 2026 – 12 Mar 2027"
    assert mail.text == (
        "Hello Jan,\n\n"
        "Thank you for your order #1001 of 21 Nov. This is when it ships:\n\n"
        "* 2 × Red Mug (Large)\n  1 ships now\n  1 ships 4–11 Dec\n\n"
        "* 1 × Moon Lamp [Pre-order]\n  Ships from 12 Mar 2027\n\n"
        "You do not need to do anything. We write to you again as soon as your items are here.\n\n"
        "See your order: https://mugs.example.com/order/1001\n\n"
        "Questions? Just reply to this mail.\n\n"
        "-- \nMüller & Söhne\nhttps://mugs.example.com\nHauptstr. 1\n10115 Berlin\n"
    )


@pytest.mark.parametrize(
    ("lines", "subject"),
    [
        ([a_line(later())], "Your Red Mug ships 4–11 Dec (order #1001)"),
        ([a_line(later(3))], "Your 3 × Red Mug ship 4–11 Dec (order #1001)"),
        ([a_line(later(), now=1)], "Red Mug: 1 ships now, 1 ships 4–11 Dec (order #1001)"),
        ([a_line(later(2), later(1, "2027-01-04", "2027-01-08"))],
         "Red Mug: 2 ship 4–11 Dec, 1 ships 4–8 Jan 2027 (order #1001)"),
        ([MOON_LAMP], "Your pre-order of Moon Lamp ships from 12 Mar 2027 (order #1001)"),
        ([a_line(later(1, None))], "On backorder: Red Mug (order #1001)"),
        ([a_line(later()), a_line(now=1, name="Spoon")], "Your Red Mug ships 4–11 Dec (order #1001)"),
        ([a_line(later()), a_line(later(), name="Spoon")], "Your order #1001 ships 4–11 Dec"),
        ([a_line(later()), a_line(later(1, None), name="Spoon")], "When your order #1001 ships"),
        ([a_line(now=1)], "Your order #1001 ships now"),
    ],
)  # fmt: skip
def test_the_subject_has_the_fact_first(lines, subject):
    assert confirmed(*lines).subject == subject


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("en", "Your Red Mug ships Dec 4 – 11 (order #1001)"),
        ("de", "Red Mug: Versand 4.–11. Dez. (Bestellung 1001)"),
        ("fr", "Red Mug : expédition 4–11 déc. (commande n° 1001)"),
        ("es", "Red Mug: envío 4–11 dic (pedido n.º 1001)"),
    ],
)
def test_the_subject_in_each_language(locale, subject):
    assert confirmed(a_line(later()), locale=locale).subject == subject


def test_each_line_says_what_ships_now_and_what_later():
    mail = confirmed(
        a_line(later(2), later(1, "2027-01-04", "2027-01-08"), now=3),
        a_line(now=1, name="Gift card"),
        a_line(later(2, None), name="Spoon"),
        a_line(later(1, None), name="Fork"),
        a_line(later(2, "2027-03-12", None), name="Lamp", is_preorder=True),
    )
    assert bullets(mail.text) == [
        "* 6 × Red Mug | 3 ship now | 2 ship 4–11 Dec | 1 ships 4–8 Jan 2027",
        "* 1 × Gift card | Ships now",
        "* 2 × Spoon | 2 on backorder; we will tell you the date",
        "* 1 × Fork | On backorder; we will tell you the date",
        "* 2 × Lamp [Pre-order] | 2 ship from 12 Mar 2027",
    ]


def test_units_with_the_same_dates_are_said_once():
    assert bullets(confirmed(a_line(later(2), later(3))).text) == ["* 5 × Red Mug | 5 ship 4–11 Dec"]


def test_an_order_leads_to_our_page_of_it_and_a_stranger_has_no_name():
    mail = confirmed(a_line(later()), shopper_name="", order_url="")
    assert mail.text.startswith("Hello,\n")
    assert f"See your order: {LINKS.order_page(ADA, 1001)}\n" in mail.text


def test_without_a_reply_address_nobody_is_asked_to_reply():
    mail = written(MessageKind.CONFIRMED, reply_to="nonsense")
    assert "reply" not in mail.text + mail.html


@pytest.mark.parametrize(
    ("lines", "subject", "says"),
    [
        ([a_line(now=1, arrived_units=1)], "Ready to ship: Red Mug (order #1001)", "Nothing else is missing."),
        ([a_line(later(), now=2, arrived_units=1)], "Ready to ship: 1 × Red Mug (order #1001)", "when the rest is here"),
        ([a_line(now=1, arrived_units=1), a_line(later(), name="Spoon")], "Ready to ship: Red Mug (order #1001)",
         "when the rest is here"),
        ([a_line(now=2, arrived_units=2), a_line(now=1, arrived_units=1, name="Spoon"), a_line(later())],
         "Ready to ship: 3 items of your order #1001", "when the rest is here"),
        ([a_line(now=2, arrived_units=1), a_line(now=1, name="Spoon")],
         "Everything in your order #1001 is ready to ship", "Nothing else is missing."),
    ],
)  # fmt: skip
def test_an_arrival_says_what_is_ready_and_whether_something_is_missing(lines, subject, says):
    mail = arrived(*lines)
    assert mail.subject == subject
    assert says in mail.text
    assert says in Page(mail.html).text


def test_an_arrival_tells_the_rest_of_the_order_apart():
    mail = arrived(a_line(later(), now=2, arrived_units=1), a_line(now=1, name="Fork"), a_line(later(2), name="Spoon"))
    before, rest = mail.text.split("The rest of your order:")
    assert bullets(before) == ["* 3 × Red Mug | 2 ready to ship | 1 ships 4–11 Dec"]
    assert bullets(rest) == ["* 1 × Fork | Ready to ship", "* 2 × Spoon | 2 ship 4–11 Dec"]


def test_the_confirm_mail_holds_the_confirm_link_and_no_other_action():
    mail = written(MessageKind.WAITLIST_CONFIRM)
    link = LINKS.confirm_waitlist(ADA, 7)
    assert mail.text.count(link) == 1
    assert link in Page(mail.html).links
    assert "waitlist/leave" not in mail.text + mail.html


def test_a_restock_mail_leads_to_the_product_and_out_of_the_list():
    mail = written(MessageKind.BACK_IN_STOCK)
    assert mail.subject == "Red Mug is back in stock"
    assert Page(mail.html).links[:2] == ["https://mugs.example.com/red-mug", LINKS.leave_waitlist(ADA, 7)]
    for line in ("https://mugs.example.com/red-mug", LINKS.leave_waitlist(ADA, 7), "10115 Berlin"):
        assert line in mail.text


def test_a_product_without_an_address_leads_to_the_shop():
    mail = written(MessageKind.BACK_IN_STOCK, replace(SAMPLES[MessageKind.BACK_IN_STOCK], product_url="javascript:x"))
    assert Page(mail.html).links[0] == "https://mugs.example.com"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Next to come: PO-118, expected 2 Dec."),
        ({"next_earliest": None, "next_latest": None}, "Next to come: PO-118, without a date."),
        ({"next_reference": ""}, "No incoming shipment is announced for it."),
    ],
)
def test_the_merchant_hears_what_comes_next_for_a_closed_item(changes, says):
    mail = written(MessageKind.MERCHANT_LIMIT_REACHED, replace(SAMPLES[MessageKind.MERCHANT_LIMIT_REACHED], **changes))
    assert mail.subject == "Red Mug is closed: its backorder limit of 3 is reached"
    assert says in mail.text
    assert says in Page(mail.html).text


@pytest.mark.parametrize("thing", ParkedThing)
def test_each_thing_that_can_be_parked_has_words_of_its_own(thing):
    facts = replace(SAMPLES[MessageKind.MERCHANT_PARKED], thing=thing)
    subjects = {written(MessageKind.MERCHANT_PARKED, replace(facts, thing=other)).subject for other in ParkedThing}
    assert len(subjects) == len(ParkedThing)
    assert written(MessageKind.MERCHANT_PARKED, facts).subject.endswith(": #1001")


def test_each_parking_reason_is_explained():
    facts = SAMPLES[MessageKind.MERCHANT_PARKED]
    reasons = ("exceeded", "rejected", "gone", "configuration", "internal")
    assert len({written(MessageKind.MERCHANT_PARKED, replace(facts, reason=r)).text for r in reasons}) == 5


def test_many_parked_things_are_one_mail():
    facts = replace(SAMPLES[MessageKind.MERCHANT_PARKED], count=12, about="")
    assert written(MessageKind.MERCHANT_PARKED, facts).subject == "12 things could not be done"


def test_what_was_left_behind_is_listed_with_the_way_to_clear_it():
    text = written(MessageKind.MERCHANT_LEFT_BEHIND).text
    for line in ("* Red Mug · MUG-R: −3", "* Blue Mug · MUG-B: −10", "* 1 backorder limit.", "until 22 December 2026"):
        assert line in text


def test_a_long_list_of_left_items_is_cut_and_counted():
    items = tuple(LeftItemFacts(f"Mug {n}", "", 1) for n in range(60))
    mail = written(MessageKind.MERCHANT_LEFT_BEHIND, replace(SAMPLES[MessageKind.MERCHANT_LEFT_BEHIND], items=items))
    assert "… and 10 more items." in mail.text
    assert "… and 10 more items." in Page(mail.html).text


@pytest.mark.parametrize("kind", [kind for kind in MessageKind if kind.value.startswith("merchant_")])
def test_mail_to_the_merchant_is_ours_not_the_stores(kind):
    mail = written(kind)
    assert "logo.png" not in mail.html
    assert mail.text.endswith("-- \nBackorder, for Müller & Söhne\n")


def test_the_logo_stands_for_the_store_and_its_name_where_there_is_none():
    images = [a for tag, a in Page(written().html).elements if tag == "img"]
    assert [(i["src"], i["alt"]) for i in images] == [("https://mugs.example.com/logo.png", "Müller & Söhne")]
    for logo in ("", "javascript:alert(1)", 'https://x.example.com/"onerror=alert(1)'):
        page = Page(written(logo_url=logo).html)
        assert [tag for tag, _ in page.elements if tag == "img"] == []
        assert "Müller & Söhne" in page.text


def test_machines_read_what_is_true_of_the_order():
    data = Page(confirmed(a_line(later(), now=1, sku="MUG-R"), MOON_LAMP, a_line(now=1, name="Spoon")).html).data
    assert (data["@type"], data["orderNumber"], data["orderDate"]) == ("Order", "1001", "2026-11-21")
    assert [
        (offer["itemOffered"]["name"], offer["availability"].rsplit("/", 1)[1], offer.get("availabilityStarts"))
        for offer in data["acceptedOffer"]
    ] == [("Red Mug", "BackOrder", "2026-12-04"), ("Moon Lamp", "PreOrder", "2027-03-12"), ("Spoon", "InStock", None)]
    assert "expectedArrivalUntil" not in json.dumps(data)


def test_mail_works_in_the_dark():
    html = written().html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html


HOSTILE = '</script><script>alert("1")</script>\r\nBcc: all@example.com\n{{ 7*7 }} %(item)s \u202e'


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_a_hostile_shop_changes_nothing_but_its_own_words(kind, locale):
    facts = SAMPLES[kind]
    names = {"name", "options", "sku", "shopper_name", "about", "explanation", "next_reference"}
    hostile = {field: HOSTILE for field in facts.__slots__ if field in names}
    if hasattr(facts, "lines"):
        hostile["lines"] = tuple(replace(line, name=HOSTILE, options=HOSTILE, sku=HOSTILE) for line in facts.lines)
    if kind is MessageKind.MERCHANT_LEFT_BEHIND:
        hostile["items"] = (LeftItemFacts(HOSTILE, HOSTILE, 1),)
    mail = written(kind, replace(facts, **hostile), locale=locale, store_name=HOSTILE, postal_address=HOSTILE)
    page = Page(mail.html)
    assert [tag for tag, _ in page.elements if tag == "script"] == (["script"] if page.data else [])
    assert "\n" not in mail.subject
    assert not re.search(r"^Bcc", mail.text.split("-- \n")[0], re.MULTILINE)
    assert "49" not in page.text
    assert "\u202e" not in mail.subject + mail.text + mail.html


def test_a_name_of_ten_thousand_letters_is_cut_everywhere():
    mail = confirmed(a_line(later(), name="Ü" * 10_000, options="x" * 10_000, sku="y" * 10_000))
    assert len(mail.subject) <= 180
    assert len(mail.text) < 1_000
    assert len(mail.html) < 12_000


@pytest.mark.parametrize("name", ["Mug", "<" * 5_000, "👩‍👩‍👧‍👦" * 1_000])
def test_an_order_of_a_thousand_lines_is_not_clipped_and_tells_what_waits_first(name):
    shipping = [a_line(now=1, name=f"{n} {name}") for n in range(990)]
    waiting = [a_line(later(2), name=f"W{n} {name}") for n in range(10)]
    mail = confirmed(*shipping, *waiting)
    assert len(mail.html.encode()) + len(mail.text.encode()) < 100_000
    assert bullets(mail.text)[0].startswith("* 2 × W0 ")
    left_out = int(re.search(r"… and (\d+) more lines of your order\.", mail.text)[1])
    assert left_out + len(bullets(mail.text)) == 1_000


@pytest.mark.parametrize("field", ["order_id", "lines", "decided_on"])
def test_facts_that_lack_something_are_our_own_mistake(field):
    message = a_message()
    facts = {name: value for name, value in message.facts.items() if name != field}
    with pytest.raises(GiveUp, match=f"The facts of a confirmed message are wrong in: {field}") as refusal:
        WRITER.write(replace(message, facts=facts), SHOP, tenant=ADA)
    assert refusal.value.reason == "internal"


def test_facts_of_an_older_version_with_fields_unknown_today_are_still_read():
    message = a_message()
    facts = {**message.facts, "some_old_field": 1}
    assert WRITER.write(replace(message, facts=facts), SHOP, tenant=ADA).subject == written().subject


def test_the_smallest_facts_are_enough():
    limit = LimitFacts(name="Mug", sku="", limit=0, owed=0, decided_on=TODAY)
    assert "Mug is closed" in written(MessageKind.MERCHANT_LIMIT_REACHED, limit).subject
    lost = written(MessageKind.MERCHANT_DISCONNECTED, DisconnectedFacts(decided_on=TODAY))
    assert "waiting for goods" not in lost.text
