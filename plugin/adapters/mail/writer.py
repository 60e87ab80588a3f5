"""Writes a message: its facts through templates/<kind>/{subject.txt, body.txt, body.html}, in the reader's language.

Text templates print as they are; HTML templates escape everything. Words come from the catalogs, numbers and names from
the story; nothing else is decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plugin.adapters.mail.blocks import Mandatory, paragraphs_of, require_blocks
from plugin.adapters.mail.language import Language, Languages
from plugin.adapters.mail.plain import mail_address, one_line, paragraph, web_address
from plugin.adapters.mail.story import (
    LONGEST_SHOPPER_NAME,
    MOST_LEFT_ITEMS,
    cleaned_item,
    cleaned_items,
    order_story,
    read_facts,
    window_of,
)
from plugin.adapters.mail.structured import item_data, order_data
from plugin.domain.ids import OrderId, TenantId
from plugin.services.facts import (
    CancelledFacts,
    DigestFacts,
    DisconnectedFacts,
    Facts,
    LeftBehindFacts,
    LimitFacts,
    NoticeFacts,
    OrderFacts,
    OrderLinkFacts,
    ParkedFacts,
    SeveralFacts,
    WaitlistFacts,
    WithdrawalFacts,
)
from plugin.services.ports.messages import Links, MessageKind, OutboxMessage, SenderIdentity, WrittenMail
from plugin.services.tones import FIRST_LOCKS, LONGEST_PARAGRAPH, Piece, pieces_of

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_SUBJECT = 180
LONGEST_STORE_NAME = 80
GMAIL_CLIPS_AT = 100_000
LINES_TOLD = (80, 25, 8)
"""Tried in turn until the mail is short enough not to be clipped."""
LONGEST_EXPLANATION = 300
LONGEST_TONE = LONGEST_PARAGRAPH
TEST_MARK = "[Test] "
FOLDERS: Mapping[MessageKind, str] = {
    **dict.fromkeys(
        (
            MessageKind.DELAY_FIRST_SHORT,
            MessageKind.DELAY_FIRST_LONG,
            MessageKind.DELAY_FIRST_UNKNOWN,
            MessageKind.DELAY_RENEWED,
            MessageKind.DELAY_UNKNOWN,
            MessageKind.REMINDER,
        ),
        MessageKind.DELAY.value,
    ),
    **dict.fromkeys(
        (
            MessageKind.DATE_SET,
            MessageKind.EARLIER,
            MessageKind.PART_SHIPPED,
            MessageKind.SHIPPED_LATE,
            MessageKind.STATUS,
        ),
        "update",
    ),
    **dict.fromkeys((MessageKind.CANCELLED, MessageKind.REFUNDED), "money"),
}
"""Kinds that share their templates; all others have a folder of their own name."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The sender as the templates see it: every field fit to print, every address fit to click."""

    name: str
    url: str
    logo_url: str
    postal_address: tuple[str, ...]
    answers_mail: bool


class Written(WrittenMail):
    @property
    def is_clipped(self) -> bool:
        return len(self.html.encode()) + len(self.text.encode()) > GMAIL_CLIPS_AT


class Writer:
    def __init__(self, *, languages: Languages, links: Links) -> None:
        self._languages = languages
        self._links = links
        self._plain = _environment(escapes=False)
        self._html = _environment(escapes=True)

    def write(self, message: OutboxMessage, sender: SenderIdentity, *, tenant: TenantId) -> Written:
        """Raises GiveUp when the facts are not those of the kind."""
        facts = read_facts(message.kind, message.facts)
        language = self._languages.language(message.locale)
        shop = shop_of(sender)
        words = _words(language, facts.decided_on)
        for most_lines in LINES_TOLD:
            told = {"kind": message.kind.value, **self._told(facts, shop, tenant=tenant, most_lines=most_lines)}
            told |= _around(facts, message)
            written = self._render(message.kind, {**words, **told, "shop": shop})
            if not written.is_clipped or isinstance(facts, NoticeFacts):
                break  # a notice names every line it is about, however long it gets
        if isinstance(facts, NoticeFacts):
            require_blocks(facts, told["order"], say=self._say({**words, **told}), written=written)
        return replace(written, subject=f"{TEST_MARK}{written.subject}") if message.is_test else written

    def _say(self, context: Mapping[str, Any]) -> Mandatory:
        """The mandatory parts as they must stand in the mail, word for word."""
        module = self._plain.get_template("notice.txt").make_module(dict(context))
        return lambda part, *line: str(getattr(module, part)(*line))

    def _render(self, kind: MessageKind, context: Mapping[str, Any]) -> Written:
        folder = FOLDERS.get(kind, kind.value)
        rendered = self._plain.get_template(f"{folder}/subject.txt").render(context)
        subject = one_line(rendered, longest=LONGEST_SUBJECT)
        text = self._plain.get_template(f"{folder}/body.txt").render(context)
        html = self._html.get_template(f"{folder}/body.html").render({**context, "subject": subject})
        return Written(subject, text.strip() + "\n", html.strip() + "\n")

    def _told(self, facts: Facts, shop: Shop, *, tenant: TenantId, most_lines: int) -> dict[str, Any]:
        match facts:
            case OrderFacts():
                story = order_story(facts, most_lines=most_lines, page=self._page(tenant, facts.order_id))
                note = one_line(facts.note, longest=LONGEST_TONE)
                instead = one_line(facts.instead)
                return {"order": story, "note": note, "instead": instead, "data": order_data(story, shop.name)}
            case SeveralFacts():
                return self._told_of_several(facts, shop, tenant, most_lines=most_lines)
            case NoticeFacts() | CancelledFacts():
                story = order_story(facts, most_lines=most_lines, page=self._page(tenant, facts.order_id))
                return {"order": story, "data": None, **_told_of_order(facts)}
            case WaitlistFacts():
                return self._told_of_waitlist(facts, shop, tenant)
            case WithdrawalFacts() | OrderLinkFacts():
                return {"facts": _cleaned(facts), "order_url": self._page(tenant, facts.order_id), "data": None}
            case _:
                return {**_told_to_merchant(facts), "data": None}

    def _told_of_several(self, facts: SeveralFacts, shop: Shop, tenant: TenantId, *, most_lines: int) -> dict[str, Any]:
        most = max(1, most_lines // len(facts.orders))
        stories = [
            order_story(told.facts, most_lines=most, page=self._page(tenant, told.facts.order_id))
            for told in facts.orders
        ]
        return {
            "told": [(told.kind.value, story) for told, story in zip(facts.orders, stories, strict=True)],
            "numbers": ", ".join(str(story.number) for story in stories),
            "shopper_name": one_line(facts.shopper_name, longest=LONGEST_SHOPPER_NAME),
            "data": [order_data(story, shop.name) for story in stories],
        }

    def _page(self, tenant: TenantId, order: int) -> str:
        return self._links.order_page(tenant, OrderId(order))

    def _told_of_waitlist(self, facts: WaitlistFacts, shop: Shop, tenant: TenantId) -> dict[str, Any]:
        url = web_address(facts.product_url) or shop.url
        return {
            "item": cleaned_item(facts),
            "image_url": web_address(facts.image_url),
            "product_url": url,
            "confirm_url": self._links.confirm_waitlist(tenant, facts.entry_id),
            "leave_url": self._links.leave_waitlist(tenant, facts.entry_id),
            "first_until": facts.first_until_day and (facts.first_until_day, one_line(facts.first_until_time)),
            "data": item_data(one_line(facts.name), url),
        }


def _cleaned(facts: WithdrawalFacts | OrderLinkFacts) -> WithdrawalFacts | OrderLinkFacts:
    """What the shopper typed, as one line each."""
    if isinstance(facts, OrderLinkFacts):
        return facts
    return replace(facts, name=one_line(facts.name), email=one_line(facts.email))


def _told_to_merchant(
    facts: LimitFacts | ParkedFacts | DisconnectedFacts | DigestFacts | LeftBehindFacts,
) -> dict[str, Any]:
    if isinstance(facts, LeftBehindFacts):
        left_out = max(0, len(facts.items) - MOST_LEFT_ITEMS)
        return {"facts": facts, "items": cleaned_items(facts.items), "left_out": left_out}
    url = web_address(facts.app_url)
    match facts:
        case LimitFacts():
            return {
                "facts": replace(facts, app_url=url),
                "item": cleaned_item(facts),
                "reference": one_line(facts.next_reference),
                "next_window": window_of(facts.next_earliest, facts.next_latest),
            }
        case ParkedFacts():
            explanation = one_line(facts.explanation, longest=LONGEST_EXPLANATION)
            return {"facts": replace(facts, about=one_line(facts.about), explanation=explanation, app_url=url)}
        case DisconnectedFacts() | DigestFacts():
            return {"facts": replace(facts, app_url=url)}


def _told_of_order(facts: NoticeFacts | CancelledFacts) -> dict[str, Any]:
    return {"facts": facts} if isinstance(facts, CancelledFacts) else {"notice": facts}


def _around(facts: Facts, message: OutboxMessage) -> dict[str, Any]:
    """The merchant's own words stand around what must be said; they are one line each, and never instead of it."""
    pieces = pieces_of(message.kind, message.tone)
    if isinstance(facts, NoticeFacts) and not message.tone:
        pieces = (Piece(words=facts.opening_words), *pieces, Piece(words=facts.closing_words))
    said = [replace(piece, words=one_line(piece.words, longest=LONGEST_TONE)) for piece in pieces]
    said = [piece for piece in said if piece.lock or piece.words]
    first = next(number for number, piece in enumerate(said) if piece.lock in FIRST_LOCKS)
    last = max(number for number, piece in enumerate(said) if piece.lock)
    locked = paragraphs_of(facts.blocks) if isinstance(facts, NoticeFacts) else []
    there = {piece.lock for piece in said}
    return {
        "opening": [piece.words for piece in said[:first]],
        "paragraphs": [
            *(piece for piece in said[first + 1 : last + 1] if not piece.lock or piece.lock in locked),
            *(Piece(lock=lock) for lock in locked if lock not in there),  # whatever an older tone knew of
        ],
        "closing": [piece.words for piece in said[last + 1 :]],
    }


def shop_of(sender: SenderIdentity) -> Shop:
    name = one_line(sender.store_name, longest=LONGEST_STORE_NAME) or "Backorder"
    return Shop(
        name=name,
        url=web_address(sender.storefront_url),
        logo_url=web_address(sender.logo_url),
        postal_address=tuple(line for line in paragraph(sender.postal_address) if line != name),
        answers_mail=mail_address(sender.reply_to) is not None,
    )


def _words(language: Language, today: date) -> dict[str, Any]:
    return {
        "_": language.gettext,
        "ngettext": language.ngettext,
        "dates": partial(language.window, today=today),
        "day": partial(language.day, today=today),
        "long_day": language.long_day,
        "money": language.money,
        "lang": language.tag,
        "dir": language.direction,
    }


def _environment(*, escapes: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escapes,  # noqa: S701  — one for text, which needs none, and one that escapes all
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
