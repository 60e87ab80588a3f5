"""What a delay notice must contain, checked on the finished mail: a part that is missing stops it before it is sent."""

import re
from collections.abc import Callable, Collection, Iterable
from html import unescape
from typing import Protocol

from plugin.adapters.mail.story import Line, OrderStory
from plugin.domain.law import Block
from plugin.domain.saying import said
from plugin.services.errors import GiveUp
from plugin.services.facts import NoticeFacts

ORDER = (
    Block.REASON,
    Block.RIGHT_TO_CANCEL,
    Block.SILENCE_CONSENTS,
    Block.SILENCE_CHANGES_NOTHING,
    Block.CANCELS_WITHOUT_YES,
    Block.CANCEL_ANY_TIME,
    Block.FREE_ANSWER,
    Block.WITHDRAWAL,
)
"""Paragraphs in the order they are read; dates stand with their lines."""
TAGS = re.compile(r"(?s)<(style|script|title).*?</\1>|<[^>]*>")

Mandatory = Callable[..., str]
"""The words of a part; parts about dates also take a line."""


class Mail(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


def paragraphs_of(blocks: Collection[Block]) -> list[str]:
    """The reason is given with every delay, asked for or not."""
    return [block.value for block in ORDER if block in blocks or block is Block.REASON]


def require_blocks(facts: NoticeFacts, order: OrderStory, *, say: Mandatory, written: Mail) -> None:
    """Raises GiveUp for a mail that lacks a part, in its text or in its HTML."""
    bodies = (_flat(written.text), _flat(unescape(TAGS.sub(" ", written.html))))
    missing = [
        name
        for name, words in _wanted(facts, order, say)
        if not words.strip() or any(_flat(words) not in body for body in bodies)
    ]
    if missing or (Block.FREE_ANSWER in facts.blocks and not order.url):
        named = ", ".join(missing) or Block.FREE_ANSWER.value
        raise GiveUp(
            "internal",
            said(
                "The notice for order %(number)s lacks what the law asks for: %(named)s.",
                number=order.number,
                named=named,
            ),
        )


def _wanted(facts: NoticeFacts, order: OrderStory, say: Mandatory) -> Iterable[tuple[str, str]]:
    for block in facts.blocks:
        if block not in {Block.REVISED_DATE, Block.NO_DATE}:
            yield block.value, say(block.value)
    for line in order.all_lines:
        block = Block.REVISED_DATE if _has_date(line) else Block.NO_DATE
        yield block.value, say(block.value, line)


def _has_date(line: Line) -> bool:
    return bool(line.later and line.later[0].window)


def _flat(text: str) -> str:
    return " ".join(text.split())
