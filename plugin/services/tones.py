"""The merchant's tone: own paragraphs around the locked parts of a mail, for each kind and language. Which parts are locked,
how a text is read, and why one is refused. Outbox and writer use it; the screen is web/admin/messages.py.

A text is paragraphs with an empty line between them; `[[right_to_cancel]]` alone in a paragraph stands for a locked part.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from plugin.domain.errors import DomainError
from plugin.domain.ids import TenantId
from plugin.domain.law import BLOCKS, Block, NoticeKind
from plugin.domain.saying import Term, said
from plugin.services.notices import MESSAGE_OF
from plugin.services.ports.desk import Activity
from plugin.services.ports.messages import MessageKind, Tone
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import Units

LANGUAGES = ("en", "de", "fr", "es")
MESSAGE = "message"
"""All that a mail without mandatory parts says by itself."""
DATES = "dates"
"""The lines of the order, each with its new date or that there is none."""
FIRST_LOCKS = frozenset({MESSAGE, DATES})
LONGEST_PARAGRAPH = 400
LONGEST_TEXT = 2000
_DATED = {Block.REVISED_DATE, Block.NO_DATE}
_ORDER = (
    Block.REASON,
    Block.RIGHT_TO_CANCEL,
    Block.SILENCE_CONSENTS,
    Block.SILENCE_CHANGES_NOTHING,
    Block.CANCELS_WITHOUT_YES,
    Block.CANCEL_ANY_TIME,
    Block.FREE_ANSWER,
    Block.WITHDRAWAL,
)
_LOCK = re.compile(r"\[\[\s*([a-z_]{1,40})\s*\]\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Either a paragraph of the merchant's own, or a locked part."""

    words: str = ""
    lock: str = ""


def _blocks_of(kind: NoticeKind) -> frozenset[Block]:
    """Every part a notice of this kind may need, wherever the order goes; what does not apply there is left out."""
    if kind is NoticeKind.RENEWED:
        return BLOCKS[kind] | {Block.REASON, Block.CANCEL_ANY_TIME}
    if kind in {NoticeKind.DELAY, NoticeKind.DELAY_UNKNOWN}:
        return BLOCKS[kind] | {Block.WITHDRAWAL}
    return BLOCKS[kind]


def _locks(blocks: Iterable[Block]) -> tuple[str, ...]:
    wanted = {*blocks, Block.REASON}
    return (DATES, *(block.value for block in _ORDER if block in wanted))


_REMINDED = (NoticeKind.FIRST_LONG, NoticeKind.FIRST_UNKNOWN, NoticeKind.RENEWED)
LOCKS: Mapping[MessageKind, tuple[str, ...]] = MappingProxyType(
    {
        **{MESSAGE_OF[kind]: _locks(_blocks_of(kind)) for kind in BLOCKS},
        MessageKind.REMINDER: _locks(block for kind in _REMINDED for block in _blocks_of(kind)),
    }
)
"""Kinds of which the law wants parts, in the order in which they are read; all others have one locked part."""
EDITABLE = tuple(
    kind
    for kind in MessageKind
    if kind.is_for_shoppers and kind not in {MessageKind.ORDER_LINK, MessageKind.WITHDRAWAL}
)
"""All mails to shoppers but two that say nothing else than what somebody asked for or declared."""


def locks_of(kind: MessageKind) -> tuple[str, ...]:
    return LOCKS.get(kind, (MESSAGE,))


def pieces_of(kind: MessageKind, text: str) -> tuple[Piece, ...]:
    """A text as its pieces; our own order where the merchant wrote none."""
    if not text.strip():
        return tuple(Piece(lock=lock) for lock in locks_of(kind))
    return tuple(_piece(paragraph) for paragraph in _paragraphs(text))


def checked(kind: MessageKind, text: str) -> str:
    """The text as it is kept; empty where it says nothing of its own. Raises DomainError for a missing locked part."""
    pieces = pieces_of(kind, text)
    locks = [piece.lock for piece in pieces if piece.lock]
    wanted = locks_of(kind)
    _require_locks(locks, wanted)
    if len(text) > LONGEST_TEXT:
        raise DomainError(
            said("The text has %(count)s characters; at most %(most)s.", count=len(text), most=LONGEST_TEXT),
            field="text",
            value="",
        )
    for piece in pieces:
        if len(piece.words) > LONGEST_PARAGRAPH:
            raise DomainError(
                said(
                    "A paragraph has %(count)s characters; at most %(most)s.",
                    count=len(piece.words),
                    most=LONGEST_PARAGRAPH,
                ),
                field="text",
                value="",
            )
    if tuple(piece.lock for piece in pieces) == wanted:
        return ""
    return "\n\n".join(f"[[{piece.lock}]]" if piece.lock else piece.words for piece in pieces)


def default_text(kind: MessageKind) -> str:
    return "\n\n".join(f"[[{lock}]]" for lock in locks_of(kind))


def language_of(locale: str) -> str:
    """The language a mail to this locale is written in; English where we do not speak it."""
    language = locale[:2].lower()
    return language if language in LANGUAGES else LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Tones:
    units: Units
    clock: Clock

    def of_store(self, tenant_id: TenantId) -> dict[tuple[MessageKind, str], str]:
        with self.units(tenant_id) as work:
            return {(tone.kind, tone.language): tone.text for tone in work.tones.all()}

    def text(self, tenant_id: TenantId, kind: MessageKind, language: str) -> str:
        """What the editor shows: the merchant's text, or the locked parts by themselves."""
        with self.units(tenant_id) as work:
            return work.tones.get(kind, language) or default_text(kind)

    def save(self, tenant_id: TenantId, tone: Tone) -> None:
        """Raises DomainError; nothing without all its locked parts is ever kept."""
        require_editable(tone.kind, tone.language)
        kept = Tone(tone.kind, tone.language, checked(tone.kind, tone.text))
        with self.units(tenant_id) as work:
            work.tones.save(kept)
            mail = Term("mail", tone.kind.value)
            what = (
                said("The mail %(mail)s (%(language)s) has its own words.", mail=mail, language=tone.language)
                if kept.text
                else said("The mail %(mail)s (%(language)s) has our words again.", mail=mail, language=tone.language)
            )
            work.journal.add([Activity(self.clock.now(), "tone", "store", what)])
            work.commit()


def require_editable(kind: MessageKind, language: str) -> None:
    if kind not in EDITABLE:
        raise DomainError(
            said("The words of %(kind)s are ours alone.", kind=Term("mail", kind.value)), field="kind", value=kind.value
        )
    if language not in LANGUAGES:
        allowed = ", ".join(LANGUAGES)
        raise DomainError(
            said("language is %(language)r; allowed: %(allowed)s.", language=language[:10], allowed=allowed),
            field="language",
            value=language[:10],
        )


def _paragraphs(text: str) -> list[str]:
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [" ".join(part.split()) for part in parts if part.strip()]


def _piece(paragraph: str) -> Piece:
    found = _LOCK.fullmatch(paragraph)
    if found:
        return Piece(lock=found[1])
    if _LOCK.search(paragraph):
        raise DomainError(
            said("A locked part stands in a line of its own, with an empty line before and after it."),
            field="text",
            value=paragraph[:80],
        )
    return Piece(words=paragraph)


def _require_locks(locks: list[str], wanted: tuple[str, ...]) -> None:
    missing = [lock for lock in wanted if lock not in locks]
    if missing:
        listed = ", ".join(f"[[{lock}]]" for lock in missing)
        words = (
            said("The text lacks what this mail must say: %(parts)s.", parts=listed)
            if len(wanted) > 1
            else said("The text lacks what the mail consists of: %(parts)s.", parts=listed)
        )
        raise DomainError(words, field="text", value=listed)
    for lock in locks:
        if lock not in wanted:
            raise DomainError(said("[[%(lock)s]] is no part of this mail.", lock=lock), field="text", value=lock)
        if locks.count(lock) > 1:
            raise DomainError(said("[[%(lock)s]] is there twice.", lock=lock), field="text", value=lock)
    if locks[0] != wanted[0]:
        raise DomainError(
            said("[[%(wanted)s]] comes before the other locked parts.", wanted=wanted[0]), field="text", value=wanted[0]
        )
