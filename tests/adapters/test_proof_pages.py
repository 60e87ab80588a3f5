"""The PDF of a proof: any shop's words appear, long mails flow over pages, and the same proof is the same file."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plugin.adapters.proof.glyphs import FONT_FILE, HAN, HANGUL, KANA, letters, markup
from plugin.adapters.proof.pages import ProofPages
from plugin.domain.law import Region
from plugin.domain.saying import said
from plugin.services.proof import (
    Decided,
    FirstTold,
    InQueue,
    MailResult,
    OrderRecord,
    Proof,
    ProofAnswer,
    ProofCancellation,
    ProofLine,
    ProofMail,
    ProofNotice,
    Shown,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 20)
LINE = ProofLine(5, "Stoneware mug", "MUG", 2, 0, 0, 0, 2, ("2: PO-118 should arrive.",), "4th in line")
MAIL = ProofMail("confirmed", "jan@example.com", AT, MailResult.SENT, AT, None, 1, "Your order", "Hello.\n\nSoon.", "")
NOTICE = ProofNotice(
    line_id=5,
    kind="first_short",
    region="us",
    rules_version="2026-09",
    promised_before=DAY,
    earliest=DAY,
    latest=DAY,
    reason="supplier_later",
    decided_at=AT,
    send_by=DAY,
    sent_at=AT,
    came_back_at=None,
    withdrawn_at=None,
    silence="consents",
    answer_by=DAY,
    answer="keep",
    answered_at=AT,
    channel="page",
)
FULL = OrderRecord(
    shown=(Shown(AT, "product page", "Ships 16–20 Mar", {}),),
    first_told=(FirstTold(AT, 5, "mail", DAY, DAY, "Ships 20 Mar", {}),),
    queue=(InQueue("77", 101, AT, 2, 0, 2, "4th in line"),),
    mails=(MAIL,),
    notices=(NOTICE,),
    answers=(ProofAnswer(AT, "keep", "page", (5,), ""),),
    cancellations=(ProofCancellation(5, 1, "shopper", "refunded", AT, DAY, AT, "12.00", False, ""),),
    decisions=(Decided(AT, "promised", said("PO-118 should arrive.")),),
)


def a_proof(record=FULL, **changed):
    proof = Proof("Harbor & Pine", 101, AT, AT, AT, "open", "Jan", "jan@example.com", "US", Region.US, (LINE,), record)
    return replace(proof, **changed)


def pages_of(pdf):
    return pdf.count(b"/Type /Page\n")


def test_the_same_proof_is_the_same_file_and_another_is_not():
    assert ProofPages().pdf(a_proof()) == ProofPages().pdf(a_proof())
    assert ProofPages().pdf(a_proof()) != ProofPages().pdf(a_proof(stage="closed"))


def test_an_order_nobody_was_told_of_has_a_proof_too():
    assert ProofPages().pdf(a_proof(OrderRecord())).startswith(b"%PDF-")


def test_a_mail_of_any_length_flows_over_pages():
    long = replace(MAIL, text="word " * 20_000)
    pdf = ProofPages().pdf(a_proof(replace(FULL, mails=(long,), answers=(), notices=())))
    assert pages_of(pdf) > 10


def test_a_long_name_in_a_table_does_not_break_the_page():
    names = ("x" * 5000, "word " * 1000, "<b>", "&amp;", "]]>", "\x00\x1b", "")
    for name in names:
        assert ProofPages().pdf(a_proof(lines=(replace(LINE, name=name),) * 3)).startswith(b"%PDF-")


def test_the_json_says_all_of_it_and_its_digest_changes_with_it():
    text = a_proof().to_json()
    for words in ("Ships 20 Mar", "jan@example.com", "supplier_later", "2026-03-02T09:30:00+00:00", '"rules"'):
        assert words in text
    assert a_proof().fingerprint == a_proof().fingerprint
    assert a_proof().fingerprint != a_proof(stage="closed").fingerprint


@pytest.mark.parametrize("text", ["Grüße, façade", "Ελλάδα", "Москва", "Łódź", "4–11 Dec × 2 …"])
def test_the_letters_of_europe_are_printed_from_our_font(text):
    assert {ord(character) for character in text} <= letters()
    assert markup(text) == text


@pytest.mark.parametrize(("text", "font"), [("カップ", KANA), ("杯子", HAN), ("머그컵", HANGUL)])
def test_chinese_japanese_and_korean_use_the_readers_fonts(text, font):
    assert markup(text) == f'<font name="{font}">{text}</font>'


def test_what_nobody_can_print_leaves_its_number():
    assert markup("a\U0001f9ff\x07b") == "a[U+1F9FF][U+0007]b"


def test_words_are_never_markup():
    assert markup('<a href="x">&') == "&lt;a href=&quot;x&quot;&gt;&amp;"
    assert markup("two\nlines") == "two<br/>lines"


def test_the_font_has_its_licence_beside_it():
    assert "Bitstream" in (FONT_FILE.parent / "DejaVu-LICENSE.txt").read_text(encoding="utf-8")
