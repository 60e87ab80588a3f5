"""Lays a proof out on pages: the order on top, then what was shown, told, answered, cancelled and refunded, oldest first.

Times are UTC and say so. The same proof always makes the same file. Implements `ProofPrinter`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from plugin.adapters.proof.glyphs import FONT, letters, markup
from plugin.services.proof import Proof, ProofMail, ProofNotice

INK, QUIET, LINE, SHADE = HexColor("#313440"), HexColor("#5e637a"), HexColor("#d9dce9"), HexColor("#f6f7fc")
WIDTH = A4[0] - 36 * mm
LONGEST_CELL = 1500
"""A cell cannot be broken over pages; longer texts stand below the table, or are found whole in the JSON."""
NONE_YET = "–"

PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=12.5, textColor=INK, splitLongWords=1)
SMALL = ParagraphStyle("small", PLAIN, fontSize=7.5, leading=10)
QUIETLY = ParagraphStyle("quietly", SMALL, textColor=QUIET)
TITLE = ParagraphStyle("title", PLAIN, fontSize=18, leading=23, spaceAfter=2)
HEADING = ParagraphStyle("heading", PLAIN, fontSize=12, leading=16, spaceBefore=12, spaceAfter=5, keepWithNext=1)
WORDS = ParagraphStyle("words", SMALL, backColor=SHADE, borderPadding=5, leftIndent=5, rightIndent=5, spaceAfter=9)
TABLE = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)

Parts = list[Any]


class ProofPages:
    def pdf(self, proof: Proof) -> bytes:
        letters()
        out = BytesIO()
        title = f"Order #{proof.order_id}: what was promised and told"
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=16 * mm,
            bottomMargin=18 * mm,
            title=title,
            author=proof.store,
            subject=f"SHA-256 {proof.fingerprint}",
            creator="Backorder",
            lang="en",
            invariant=1,
        )
        foot = _foot(proof)
        document.build(_story(proof, title), onFirstPage=foot, onLaterPages=foot)
        return out.getvalue()


def _foot(proof: Proof) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 6.5)
        canvas.setFillColor(QUIET)
        canvas.drawString(18 * mm, 10 * mm, f"Order #{proof.order_id}  ·  SHA-256 of the data: {proof.fingerprint}")
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"Page {document.page}")
        canvas.restoreState()

    return draw


def _story(proof: Proof, title: str) -> Parts:
    record = proof.record
    return [
        _text(title, TITLE),
        *_head(proof),
        *_section("Lines of the order", _lines(proof)),
        *_section("What each line was told first", _first_told(proof)),
        *_section("Notices of delay", [_notice(notice) for notice in record.notices], _NOTICE_HEAD, _NOTICE_WIDTHS),
        *_section(
            "Answers of the shopper",
            [[_moment(a.at), a.answer, a.channel, _these(a.lines), a.detail] for a in record.answers],
            ("When", "Answer", "By", "Lines", "Words"),
            (17, 15, 14, 18, 36),
        ),
        *_section("Cancelled units and their money", _cancellations(proof), _CANCEL_HEAD, _CANCEL_WIDTHS),
        *_section(
            "Substitutes the shopper chose",
            [
                [_moment(s.chosen_at), s.line_id, f"{s.units} × {s.name}", s.channel, s.state, _moment(s.settled_at)]
                for s in record.substitutes
            ],
            ("When", "Line", "What", "By", "State", "Settled"),
            (18, 8, 36, 10, 12, 16),
        ),
        *_shown(proof),
        *_mails(proof),
        *_section(
            "The queue for the same items, as it stands now",
            [[q.item, f"#{q.order_id}", _moment(q.since), q.units, q.ready, q.owed, q.why] for q in record.queue],
            ("Item", "Order", "In line since", "Units", "Ready", "Owed", "Why this place"),
            (11, 10, 18, 8, 8, 8, 37),
        ),
        *_section(
            "Decisions about this order",
            [[_moment(d.at), d.kind, str(d.said)] for d in record.decisions],
            ("When", "Kind", "What"),
            (18, 14, 68),
        ),
    ]


def _head(proof: Proof) -> Parts:
    paid = _moment(proof.paid_at)
    facts = [
        f"{proof.store or 'The store'}, {proof.shopper_name} <{proof.shopper_email}>, ship-to country {proof.country or '?'}",
        f"Placed {_moment(proof.placed_at)}, paid {paid}, now {proof.stage}",
        f"Rules that hold there: {proof.rules}",
        f"Made {_moment(proof.made_at)} from the store's records. It says what happened, and is not legal advice.",
    ]
    return [_text(fact, QUIETLY) for fact in facts]


def _lines(proof: Proof) -> Parts:
    rows = [
        [
            f"{line.name}\n{line.sku}",
            line.quantity,
            line.shipped,
            line.refunded,
            line.ready,
            line.owed,
            "\n".join((*line.promised, line.place)).strip(),
        ]
        for line in proof.lines
    ]
    head = ("Item", "Units", "Shipped", "Refunded", "Ready", "Owed", "Told now, and why")
    return [_table(head, rows, (24, 7, 9, 10, 8, 8, 34))]


def _first_told(proof: Proof) -> Parts:
    rows = [
        [_moment(told.at), told.line_id, told.surface, _days(told.earliest, told.latest), told.text]
        for told in proof.record.first_told
    ]
    head = ("When", "Line", "Where", "Ships", "Words")
    return [_table(head, rows, (17, 9, 10, 20, 44))] if rows else []


_NOTICE_HEAD = ("Line", "Kind", "Promised", "New date", "Send by", "Told", "Silence", "Answer by", "Answer")
_NOTICE_WIDTHS = (5, 12, 11.5, 14, 11.5, 13, 10.5, 11.5, 11)


def _notice(notice: ProofNotice) -> list[object]:
    told = _moment(notice.sent_at)
    if notice.came_back_at:
        told = f"came back {_moment(notice.came_back_at)}"
    if notice.withdrawn_at:
        told = f"never told; replaced {_moment(notice.withdrawn_at)}"
    answer = f"{notice.answer}\n{_moment(notice.answered_at)} {notice.channel}" if notice.answer else NONE_YET
    return [
        notice.line_id,
        f"{notice.kind}\n{notice.region} {notice.rules_version}",
        _day(notice.promised_before),
        f"{_days(notice.earliest, notice.latest)}\n{notice.reason}",
        _day(notice.send_by),
        told,
        notice.silence,
        _day(notice.answer_by),
        answer,
    ]


_CANCEL_HEAD = ("Line", "Units", "Cause", "State", "Decided", "Refund due", "Refunded", "Amount")
_CANCEL_WIDTHS = (8, 7, 17, 12, 16, 12, 16, 12)


def _cancellations(proof: Proof) -> list[list[object]]:
    return [
        [
            each.line_id,
            each.units,
            each.cause,
            f"{each.state}\n{each.problem}".strip(),
            _moment(each.decided_at),
            _day(each.refund_due),
            _moment(each.refunded_at),
            f"{each.amount}{' by hand' if each.is_offline else ''}" or NONE_YET,
        ]
        for each in proof.record.cancellations
    ]


def _shown(proof: Proof) -> Parts:
    """Mails are told below, with what became of them."""
    parts: Parts = []
    for shown in proof.record.shown:
        if shown.surface != "mail":
            parts += [_text(f"{_moment(shown.at)}, {shown.surface}", SMALL), Spacer(0, 5)]
            parts += [_text(piece, WORDS) for piece in _pieces(shown.text)]
    return [_text("What the shopper was shown", HEADING), *parts] if parts else []


def _mails(proof: Proof) -> Parts:
    parts: Parts = [_text("Mails", HEADING)]
    for mail in proof.record.mails:
        parts += [_text(mail.subject or mail.kind, PLAIN), _text(_fate(mail), QUIETLY), Spacer(0, 5)]
        parts += [_text(piece, WORDS) for piece in _pieces(mail.text)]
    return parts if proof.record.mails else []


def _fate(mail: ProofMail) -> str:
    words = [f"{mail.kind} to {mail.to}", f"written {_moment(mail.written_at)}", f"{mail.result.value}"]
    if mail.sent_at:
        words.append(f"handed to the mail server {_moment(mail.sent_at)}")
    if mail.came_back_at:
        words.append(f"came back {_moment(mail.came_back_at)}")
    return "; ".join([*words, f"tries: {mail.tries}", *filter(None, [mail.problem])])


def _pieces(text: str) -> list[str]:
    """Paragraphs, so that a long mail can flow over pages."""
    return [piece.strip("\n") for piece in text.split("\n\n") if piece.strip()]


def _section(title: str, rows: Sequence[Any], head: Sequence[str] = (), widths: Sequence[float] = ()) -> Parts:
    """A table under its heading; `rows` that are parts already stand as they are. Nothing where there is nothing."""
    if not rows:
        return []
    parts = [_table(head, rows, widths)] if head else list(rows)
    return [_text(title, HEADING), *parts]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float]) -> Table:
    whole = sum(widths)
    cells = [[_text(str(cell)[:LONGEST_CELL], SMALL) for cell in row] for row in (head, *rows)]
    return Table(cells, colWidths=[WIDTH * part / whole for part in widths], style=TABLE, repeatRows=1)


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(markup(text), style)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else NONE_YET


def _day(day: date | None) -> str:
    return day.isoformat() if day else NONE_YET


def _days(earliest: date | None, latest: date | None) -> str:
    if earliest is None or latest is None:
        return "no date"
    return _day(earliest) if earliest == latest else f"{_day(earliest)} to {_day(latest)}"


def _these(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines)) or "whole order"
