"""The message on the wire: headers that nobody can bend, and bytes that survive the way."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.adapters.mail.letter import MARKETING_KINDS, AppSender, Letter, header_text, recipient_of
from plugin.adapters.mail.writer import Written
from plugin.domain.ids import TenantId
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind
from tests.adapters.mail.samples import ADA, LOCALES, NOW, SHOP, a_message, written

APP = AppSender.parse("Backorder <post@backorder.example.com>")
LONG_LINK = "https://backorder.example.com/s/waitlist/leave/" + "A1b2-_" * 100


def a_letter(kind=MessageKind.CONFIRMED, *, message=None, mail=None, tenant=ADA, leave_url=None, **shop):
    message = message or a_message(kind)
    return Letter(
        message=message,
        written=mail or written(kind),
        sender=replace(SHOP, **shop),
        tenant=tenant,
        recipient=recipient_of(message),
        leave_url=leave_url,
        written_at=NOW,
    )


def raw(letter):
    return letter.to_mime(APP).as_bytes()


def read(letter):
    return message_from_bytes(raw(letter), policy=default)


def sender_of(letter):
    """Read the old way: Python's new reader puts a space between two encoded words of a name (python/cpython#128110)."""
    name, address = parseaddr(message_from_bytes(raw(letter))["From"])
    return str(make_header(decode_header(name))), address


def header_lines(letter):
    return raw(letter).split(b"\r\n\r\n", 1)[0].split(b"\r\n")


def test_the_headers_of_a_mail_to_a_shopper():
    mail = read(a_letter())
    assert mail["From"] == "Müller & Söhne <post@backorder.example.com>"
    assert mail["To"] == "jan@example.com"
    assert mail["Reply-To"] == "hello@mugs.example.com"
    assert mail["Subject"] == written().subject
    assert mail["Date"] == "Sun, 22 Nov 2026 12:30:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Feedback-ID"] == "confirmed:ada1234567:backorder"


def test_the_text_comes_first_and_the_html_second():
    parts = list(read(a_letter()).iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content() == written().text.replace("\n", "\r\n")
    assert parts[1].get_content() == written().html.replace("\n", "\r\n")
    assert read(a_letter()).get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("locale", LOCALES)
def test_no_line_is_longer_than_smtp_allows(locale):
    for kind in MessageKind:
        lines = raw(a_letter(kind, mail=written(kind, locale=locale), leave_url=LONG_LINK)).split(b"\r\n")
        assert max(len(line) for line in lines) <= 998
        assert all(b"\n" not in line and b"\r" not in line for line in lines)


def test_list_unsubscribe_is_one_physical_line_of_ascii():
    lines = header_lines(a_letter(MessageKind.BACK_IN_STOCK, leave_url=LONG_LINK))
    assert f"List-Unsubscribe: <{LONG_LINK}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_only_mail_with_a_way_out_names_one():
    assert frozenset({MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN}) == MARKETING_KINDS
    assert "List-Unsubscribe" not in read(a_letter())


def test_a_repeated_mail_is_the_same_to_the_last_byte():
    assert raw(a_letter()) == raw(a_letter())


def test_a_repeated_mail_has_the_same_message_id_and_another_mail_another_one():
    first = read(a_letter())["Message-ID"]
    assert re.fullmatch(r"<message\.[0-9a-f]{32}@backorder\.example\.com>", first)
    assert read(a_letter())["Message-ID"] == first
    assert read(a_letter(message=a_message(key="arrived:1001")))["Message-ID"] != first
    assert read(a_letter(tenant=TenantId("bo12345678")))["Message-ID"] != first


def test_message_ids_stay_as_they_are_from_version_to_version():
    assert read(a_letter())["Message-ID"] == "<message.8630424c99865af48701d67da7495c33@backorder.example.com>"


def test_all_mails_of_an_order_hang_together_and_those_of_two_orders_do_not():
    confirmed, arrived = read(a_letter()), read(a_letter(MessageKind.ARRIVED))
    assert confirmed["References"] == confirmed["In-Reply-To"] == arrived["References"]
    message = a_message()
    other = replace(message, facts={**message.facts, "order_id": 1002})
    assert read(a_letter(message=other))["References"] != confirmed["References"]
    assert read(a_letter(tenant=TenantId("bo12345678")))["References"] != confirmed["References"]
    assert read(a_letter(MessageKind.BACK_IN_STOCK))["References"] is None
    assert confirmed["X-Entity-Ref-ID"] != read(a_letter(message=a_message(key="arrived:1001")))["X-Entity-Ref-ID"]


@pytest.mark.parametrize("kind", [kind for kind in MessageKind if kind.value.startswith("merchant_")])
def test_mail_to_the_merchant_comes_from_the_app(kind):
    mail = read(a_letter(kind))
    assert mail["From"] == "Backorder <post@backorder.example.com>"
    assert mail["Reply-To"] is None


@pytest.mark.parametrize(
    "reply_to", ["", "nonsense", "a@b.example\r\nBcc: all@example.com", "a@b.example, c@d.example"]
)
def test_a_reply_address_that_is_none_is_left_out(reply_to):
    assert read(a_letter(reply_to=reply_to))["Reply-To"] is None


HOSTILE = [
    "Mugs\r\nBcc: all@example.com\r\n\r\n<b>hi</b>",
    'Mugs" <evil@example.com>, "x',
    "Mugs <evil@example.com>",
    "=?utf-8?q?Mugs?= =?utf-8?b?PGV2aWxAZXhhbXBsZS5jb20+?=",
    'Müller, Söhne; <evil@example.com> (und) Co: \\"x\\"',
    "\x00\x01\u2028\u202e",
    "Ü" * 10_000,
    "@",
    ".",
    " ",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_store_or_a_product_is_called_the_envelope_stays_ours(name):
    letter = a_letter(mail=Written(name, "text\n", "<p>html</p>\n"), store_name=name)
    mail = read(letter)
    assert [a.addr_spec for a in mail["From"].addresses] == ["post@backorder.example.com"]
    assert [a.addr_spec for a in mail["To"].addresses] == ["jan@example.com"]
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(read(a_letter()).keys())


QUOTED = '00?=?00000===?0=?00?==?0=?00===?0="?"00""""000&0000000000000000000000'
words = st.text(st.characters(codec="utf-8"), max_size=70) | st.lists(
    st.sampled_from(["Müller", "&", "=?utf-8?q?x?=", "–", "Söhne,", "<a@b.example>", '"x"', "Mug", "Dez.", "\r\n"]),
    max_size=8,
).map(" ".join)


HEADERS = sorted(read(a_letter()).keys())


@example(name=QUOTED, subject="")
@given(name=words, subject=words)
def test_names_and_subjects_arrive_as_they_are_and_add_no_header(name, subject):
    letter = a_letter(mail=Written(subject, "text\n", "<p>html</p>\n"), store_name=name)
    mail = read(letter)
    assert sender_of(letter) == (header_text(name, longest=80) or "Backorder", "post@backorder.example.com")
    assert mail["Subject"] == header_text(subject, longest=180)
    assert sorted(mail.keys()) == HEADERS
    twice_the_name_and_our_address = 2 * 80 + len('From: "" <post@backorder.example.com>')
    assert max(len(line) for line in header_lines(letter)) <= twice_the_name_and_our_address


def test_an_address_in_another_script_is_written_as_it_is():
    message = a_message(to="用户@example.com")
    assert "To: 用户@example.com".encode() in header_lines(a_letter(message=message))


@pytest.mark.parametrize("to", ["", "nobody", "a@b", "a b@example.com", "a@example.com\r\nBcc: b@example.com"])
def test_a_nonsense_recipient_is_given_up(to):
    with pytest.raises(GiveUp) as refusal:
        recipient_of(a_message(to=to))
    assert refusal.value.reason == "rejected"
    assert "example.com" not in refusal.value.explanation


@pytest.mark.parametrize("mail_from", ["", "Backorder", "Backorder <>", "post@", "@example.com", "a b@example.com"])
def test_a_sender_nobody_can_be_is_refused_at_the_start(mail_from):
    with pytest.raises(ValueError, match="mail_from is"):
        AppSender.parse(mail_from)


def test_the_sender_may_live_on_this_machine():
    assert AppSender.parse("Backorder <backorder@localhost>").address == Address("", "backorder", "localhost")
