"""Words to find items by: folded to small letters and digits, so that a prefix is a range in every database's order."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 40
MOST_WORDS = 40
"""Of one item; what a name says after that nobody searches for."""
MOST_ASKED = 5
_PARTS = re.compile(r"[^\W_]+")


def words_of(texts: Iterable[str]) -> list[str]:
    """Every word of the texts, in parts and as written: `T-Shirt` is found by `shirt`, `t-sh` and `tshirt`."""
    found: dict[str, None] = {}
    for text in texts:
        for token in text.split():
            for part in (token, *_PARTS.findall(token)):
                found[folded(part)] = None
    found.pop("", None)
    return list(found)[:MOST_WORDS]


def asked_words(text: str) -> list[str]:
    """What somebody searches for, the longest word first: it leaves the fewest items."""
    words = {folded(token) for token in text.split()} - {""}
    return sorted(words, key=lambda word: (-len(word), word))[:MOST_ASKED]


def folded(token: str) -> str:
    """`Ängström-7` → `angstrom7`; letters of other scripts become their code points."""
    letters = unicodedata.normalize("NFKD", token.casefold())
    kept = (letter for letter in letters if letter.isalnum())
    plain = (letter if letter.isascii() else f"u{ord(letter):x}" for letter in kept)
    return "".join(plain)[:LONGEST_WORD]


def last_of(prefix: str) -> str:
    """The end of the range of words that begin so, both ends included."""
    return prefix + "z" * LONGEST_WORD
