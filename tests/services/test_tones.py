"""The merchant's tone: words of their own around parts that stay, and nothing kept that lacks one of them."""

import pytest

from plugin.domain.errors import DomainError
from plugin.domain.law import BLOCKS, Block
from plugin.services.notices import MESSAGE_OF
from plugin.services.ports.messages import MessageKind, Tone
from plugin.services.tones import LOCKS, Piece, checked, default_text, language_of, locks_of, pieces_of
from tests.services.town import ADA, BO, Town

UPDATE = MessageKind.EARLIER
LATE = MessageKind.DELAY_FIRST_SHORT


def test_every_part_the_law_wants_is_locked_in_the_kinds_that_need_it() -> None:
    dates = {Block.REVISED_DATE, Block.NO_DATE}
    for kind, blocks in BLOCKS.items():
        assert {block.value for block in blocks - dates} <= set(LOCKS[MESSAGE_OF[kind]])
        assert locks_of(MESSAGE_OF[kind])[0] == "dates"
    assert locks_of(UPDATE) == ("message",)


def test_a_text_is_paragraphs_and_locked_parts() -> None:
    text = "Good\nnews!\r\n\r\n[[ message ]]\n\n\nYours, Ada"
    assert pieces_of(UPDATE, text) == (Piece("Good news!"), Piece(lock="message"), Piece("Yours, Ada"))
    assert checked(UPDATE, text) == "Good news!\n\n[[message]]\n\nYours, Ada"


@pytest.mark.parametrize("kind", [UPDATE, LATE])
def test_a_text_without_words_of_its_own_is_ours(kind: MessageKind) -> None:
    assert checked(kind, default_text(kind)) == checked(kind, " \n") == ""


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        (UPDATE, "Only my words.", r"lacks what the mail consists of: \[\[message\]\]"),
        (LATE, default_text(LATE).replace("[[right_to_cancel]]", "Bad luck."), r"must say: \[\[right_to_cancel\]\]"),
        (LATE, default_text(LATE) + "\n\n[[reason]]", r"\[\[reason\]\] is there twice"),
        (UPDATE, "[[message]]\n\n[[withdrawal]]", r"\[\[withdrawal\]\] is no part"),
        (UPDATE, "[[message]] and more", "a line of its own"),
        (UPDATE, "[[message]]\n\n" + "x" * 401, "at most 400"),
        (UPDATE, "[[message]]" + "\n\nx" * 700, "at most 2000"),
        (LATE, "\n\n".join(reversed(default_text(LATE).split("\n\n"))), r"\[\[dates\]\] comes before"),
    ],
)
def test_a_text_that_lacks_or_breaks_something_is_refused_by_name(kind: MessageKind, text: str, fault: str) -> None:
    with pytest.raises(DomainError, match=fault):
        checked(kind, text)


def test_a_tone_is_kept_for_its_kind_and_language_only(bare_town: Town) -> None:
    bare_town.install()
    bare_town.install(BO)
    tones = bare_town.plugin.tones
    tones.save(ADA, Tone(UPDATE, "de", "Gute Nachricht!\n\n[[message]]"))
    assert tones.of_store(ADA) == {(UPDATE, "de"): "Gute Nachricht!\n\n[[message]]"}
    assert (tones.text(ADA, UPDATE, "en"), tones.of_store(BO)) == ("[[message]]", {})
    with pytest.raises(DomainError):
        tones.save(ADA, Tone(UPDATE, "de", "Nur ich."))
    assert tones.text(ADA, UPDATE, "de") == "Gute Nachricht!\n\n[[message]]"
    tones.save(ADA, Tone(UPDATE, "de", ""))
    assert tones.of_store(ADA) == {}


@pytest.mark.parametrize(
    ("kind", "language"), [(MessageKind.MERCHANT_DIGEST, "en"), (MessageKind.WITHDRAWAL, "en"), (UPDATE, "xx")]
)
def test_words_that_are_ours_alone_or_unknown_languages_are_refused(
    bare_town: Town, kind: MessageKind, language: str
) -> None:
    bare_town.install()
    with pytest.raises(DomainError):
        bare_town.plugin.tones.save(ADA, Tone(kind, language, "[[message]]"))


def test_the_language_of_a_mail_is_that_of_its_catalog() -> None:
    assert [language_of(locale) for locale in ("de-AT", "pt_BR", "", "FR")] == ["de", "en", "en", "fr"]


def test_a_mail_goes_out_with_the_tone_of_its_language(town: Town) -> None:
    town.plugin.tones.save(ADA, Tone(MessageKind.CONFIRMED, "en", "Ahoy!\n\n[[message]]"))
    town.buy()
    town.buy()
    (sent,) = [message for _, message, _ in town.notifier.sent if message.kind is MessageKind.CONFIRMED]
    assert sent.tone == "Ahoy!\n\n[[message]]"
