"""Foreign words made fit for a mail: one line each, of bounded length; addresses that may stand in one."""

import re
import unicodedata
from email.headerregistry import Address
from urllib.parse import urlsplit

LONGEST_NAME = 120
LONGEST_URL = 1000
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
JOINERS = "\u200c\u200d"
"""Invisible, and yet part of words in some scripts and of many emoji."""

_LOCAL_PART = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))+")


def one_line(text: str, *, longest: int = LONGEST_NAME) -> str:
    """The text without control and direction characters, spaces collapsed, cut with an ellipsis."""
    head = unicodedata.normalize("NFC", text[: 4 * longest])
    visible = "".join(c if c.isprintable() or c in JOINERS else " " for c in head)
    line = " ".join(visible.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def paragraph(text: str, *, longest: int = 400) -> tuple[str, ...]:
    """The lines of a short text such as a postal address."""
    lines = (one_line(line) for line in text[:longest].splitlines())
    return tuple(line for line in lines if line)


def web_address(text: str) -> str:
    """The address if a browser may open it from a mail, else an empty string: no scripts, no spaces, no user names."""
    if len(text) > LONGEST_URL or any(not c.isprintable() or c in ' <>"\\' for c in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return text if usable else ""


def mail_address(text: str) -> Address | None:
    """A mailbox somebody could have, its host in ASCII; None for nonsense. Quoted local parts count as nonsense."""
    local, _, host = text.strip().rpartition("@")
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    fits = len(local.encode()) <= LONGEST_LOCAL_PART and len(local) + len(ascii_host) < LONGEST_ADDRESS
    if not (fits and local.isprintable() and _LOCAL_PART.fullmatch(local) and _HOST.fullmatch(ascii_host)):
        return None
    return Address(username=local, domain=ascii_host)
