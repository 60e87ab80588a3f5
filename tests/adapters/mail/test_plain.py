"""Foreign words and addresses, made fit for a mail or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.adapters.mail.plain import mail_address, one_line, paragraph, web_address


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Red Mug", "Red Mug"),
        ("  Red \t\n Mug\r\n", "Red Mug"),
        ("Red\x00Mug\x1b[31m", "Red Mug [31m"),
        ("safe\u202eexe.txt", "safe exe.txt"),
        ("Ko\u0308ln", "Köln"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("", ""),
    ],
)
def test_foreign_words_become_one_line(text, line):
    assert one_line(text) == line


def test_a_long_text_is_cut_with_an_ellipsis():
    assert one_line("x" * 10_000, longest=10) == "xxxxxxxxx…"


@given(st.text(max_size=500))
def test_no_text_makes_two_lines_or_a_long_one(text):
    line = one_line(text, longest=40)
    assert len(line) <= 40
    assert "\n" not in line
    assert "\r" not in line


def test_a_postal_address_keeps_its_lines():
    assert paragraph("Ada Ltd\r\n\r\n 1 Mill Lane \nLondon") == ("Ada Ltd", "1 Mill Lane", "London")


@pytest.mark.parametrize("url", ["https://mugs.example.com/red?x=1&y=2#z", "http://127.0.0.1:8600/shop/"])
def test_web_addresses_a_mail_may_hold(url):
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//mugs.example.com",
        "mugs.example.com",
        "https://",
        "https://user:secret@mugs.example.com",
        "https://mugs.example.com/a b",
        'https://mugs.example.com/"onclick="',
        "https://mugs.example.com/\n",
        "https://[broken",
        "https://mugs.example.com/" + "x" * 2000,
    ],
)
def test_addresses_a_mail_may_not_hold_are_left_out(url):
    assert web_address(url) == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jan@example.com", "jan@example.com"),
        (" jan+shop@sub.example.co.uk ", "jan+shop@sub.example.co.uk"),
        ("jan@müller.example", "jan@xn--mller-kva.example"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("用户@example.com", "用户@example.com"),
    ],
)
def test_mailboxes_somebody_could_have(text, address):
    assert mail_address(text).addr_spec == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jan",
        "jan@",
        "@example.com",
        "jan@localhost",
        "jan@example..com",
        "jan@-example.com",
        "jan doe@example.com",
        "jan@example.com, bo@example.com",
        "Jan <jan@example.com>",
        '"jan"@example.com',
        "jan@example.com\r\nBcc: all@example.com",
        "jan\n@example.com",
        "a@b@example.com",
        "jan@exam ple.com",
        "x" * 65 + "@example.com",
        "jan@" + "x" * 64 + ".com",
        "jan@" + ".".join(["example"] * 40),
        "jan@[127.0.0.1]",
        "jan@example.com\u202e",
    ],
)
def test_nonsense_is_no_mailbox(text):
    assert mail_address(text) is None
