"""Text from any shop as markup for reportlab: DejaVu Sans where it has the letters, a reader's own fonts for Chinese,
Japanese and Korean, and the number of a character nobody can print. Nothing is lost without a trace.
"""

from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONT = "DejaVuSans"
FONT_FILE = Path(__file__).parent / "DejaVuSans.ttf"
KANA = "HeiseiKakuGo-W5"
HAN = "STSong-Light"
HANGUL = "HYSMyeongJo-Medium"
READERS_FONTS = (
    (KANA, ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D))),
    (HANGUL, ((0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3130, 0x318F))),
    (HAN, ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x3000, 0x303F), (0xFF00, 0xFF65))),
)
"""Fonts every PDF reader brings or fetches; they are named in the file, not put into it."""


@cache
def letters() -> frozenset[int]:
    """The code points the font has; registers all fonts on the way."""
    font = TTFont(FONT, str(FONT_FILE))
    pdfmetrics.registerFont(font)
    for name, _ in READERS_FONTS:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(font.face.charToGlyph)


def markup(text: str) -> str:
    """The text for a paragraph, line ends kept."""
    runs = ((font, "".join(characters)) for font, characters in groupby(text, key=_font_of))
    return "".join(_run(font, run) for font, run in runs).replace("\n", "<br/>")


def _run(font: str, run: str) -> str:
    if font == FONT:
        return escape(run)
    if font:
        return f'<font name="{font}">{escape(run)}</font>'
    return "".join(f"[U+{ord(character):04X}]" for character in run)


def _font_of(character: str) -> str:
    """Empty for what cannot be printed."""
    code = ord(character)
    if character == "\n" or (character.isprintable() and code in letters()):
        return FONT
    for name, ranges in READERS_FONTS:
        if any(first <= code <= last for first, last in ranges):
            return name
    return ""
