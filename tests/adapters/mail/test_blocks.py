"""The mandatory parts of delay notices: there in every language, and a mail without one is never sent."""

import pytest

from plugin.adapters.mail.writer import Writer
from plugin.domain.law import BLOCKS, RULES, Block, NoticeKind, Region, blocks_of
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind
from tests.adapters.mail.samples import ADA, LINKS, LOCALES, SHOP, WORDING, a_message, a_notice, written

KINDS = [kind for kind in NoticeKind if kind.is_delay]
WORDS = {
    Block.REASON: "The reason:",
    Block.RIGHT_TO_CANCEL: "promptly get all your money back",
    Block.FREE_ANSWER: "free of charge",
    Block.SILENCE_CONSENTS: "If you do not answer",
    Block.SILENCE_CHANGES_NOTHING: "You do not have to answer: your order stays as it is",
    Block.CANCELS_WITHOUT_YES: "cancelled automatically",
    Block.CANCEL_ANY_TIME: "cancel at any time",
    Block.WITHDRAWAL: "Withdraw from contract here",
    Block.REVISED_DATE: "New ship date: 18–22 Dec (before: 4 Dec)",
    Block.NO_DATE: "We cannot give you a new ship date yet (before: 4 Dec)",
}


def message_of(kind):
    return MessageKind.DELAY if kind is NoticeKind.DELAY else MessageKind(f"delay_{kind.value.removeprefix('delay_')}")


@pytest.mark.parametrize("region", Region)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("has_date", [True, False])
def test_a_notice_says_all_it_must_and_promises_nothing_else(kind, region, has_date):
    mail = written(message_of(kind), a_notice(kind, region, has_date=has_date))
    wanted = blocks_of(kind, RULES[region], has_date=has_date)
    said = {block for block, words in WORDS.items() if words in mail.text}
    dates = {Block.REVISED_DATE, Block.NO_DATE}
    assert said - dates == (wanted | {Block.REASON}) - dates
    assert said & dates == {Block.REVISED_DATE if has_date else Block.NO_DATE}
    assert LINKS.order_page(ADA, 1001) in mail.text


class Gap(Writer):
    """A writer whose templates have lost a part in one of the two bodies."""

    part, body = "", ""

    def _render(self, kind, context):
        whole = super()._render(kind, context)
        words = " ".join(self._say(context)(self.part, *context["lines_for"](self.part, context)).split())
        return type(whole)(
            **{name: self._cut(getattr(whole, name), words, name) for name in ("subject", "text", "html")}
        )

    def _told(self, facts, shop, **rest):
        lines = lambda part, context: context["order"].all_lines[:1] if part in {"revised_date", "no_date"} else ()  # noqa: E731
        return {**super()._told(facts, shop, **rest), "lines_for": lines}

    def _cut(self, text, words, name):
        return " ".join(text.split()).replace(words, "") if name == self.body else text


@pytest.mark.parametrize("body", ["text", "html"])
@pytest.mark.parametrize(
    ("kind", "part", "has_date"),
    [(kind, block, block is not Block.NO_DATE) for kind in KINDS for block in sorted(BLOCKS[kind])],
)
def test_a_missing_part_is_an_error_before_sending(kind, part, has_date, body):
    writer = Gap(languages=WORDING, links=LINKS)
    writer.part, writer.body = part.value, body
    message = a_message(message_of(kind), a_notice(kind, has_date=has_date))
    with pytest.raises(GiveUp, match=f"1001 lacks what the law asks for: .*{part.value}") as refused:
        writer.write(message, SHOP, tenant=ADA)
    assert refused.value.reason == "internal"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_merchants_tone_stands_around_what_must_be_said(locale):
    plain = written(MessageKind.DELAY_FIRST_LONG, a_notice(NoticeKind.FIRST_LONG), locale=locale)
    warm = written(
        MessageKind.DELAY_FIRST_LONG,
        a_notice(NoticeKind.FIRST_LONG, opening_words="Oh no\n<b>we</b> know!", closing_words="Yours, Ada"),
        locale=locale,
    )
    assert "Oh no <b>we</b> know!\n" in warm.text
    assert "Oh no &lt;b&gt;we&lt;/b&gt; know!" in warm.html
    assert warm.text.replace("Oh no <b>we</b> know!\n\n", "").replace("Yours, Ada\n\n", "") == plain.text


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "You do not have to answer: your order stays as it is, and you can cancel until it is sent."),
        ("en-GB", "You do not have to answer: your order stays as it is, and you can cancel until it is sent."),
        (
            "de",
            "Sie müssen nicht antworten: Ihre Bestellung bleibt, wie sie ist, und bis zum Versand können Sie stornieren.",
        ),
        (
            "fr",
            "Vous n’avez pas à répondre : votre commande reste telle quelle, et vous pouvez annuler jusqu’à l’expédition.",
        ),
        ("es", "No tiene que responder: su pedido sigue igual y puede cancelar hasta que se envíe."),
    ],
)
@pytest.mark.parametrize("kind", [NoticeKind.DELAY, NoticeKind.DELAY_UNKNOWN])
@pytest.mark.parametrize("region", [Region.EU, Region.UK])
def test_where_silence_changes_nothing_the_mail_says_so(kind, region, locale, words):
    mail = written(message_of(kind), a_notice(kind, region, has_date=kind is NoticeKind.DELAY), locale=locale)
    assert words in mail.text
    assert words in mail.html
