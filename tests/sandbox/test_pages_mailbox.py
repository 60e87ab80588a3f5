"""The mailbox takes real SMTP, keeps what it accepted, and misbehaves as told."""

import smtplib
import socket
from email.message import EmailMessage

import pytest

from plugin.sandbox.mailbox import Mailbox


@pytest.fixture
def mailbox():
    box = Mailbox()
    box.start()
    yield box
    box.stop()


def a_mail(*, to="jan@example.de", subject="Ihr Artikel kommt am 4. März"):
    message = EmailMessage()
    message["From"] = "Harbor & Pine <shop@example.com>"
    message["To"] = to
    message["Subject"] = subject
    message["X-Kind"] = "backorder_confirmed"
    message.set_content("Grüße aus dem Lager.\n")
    message.add_alternative("<p>Grüße aus dem <b>Lager</b>.</p>", subtype="html")
    return message


def send(mailbox, message, *, to=None):
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
        server.send_message(message, from_addr="shop@example.com", to_addrs=to)


def test_a_mail_sent_over_smtp_can_be_read_back_in_every_part(mailbox):
    send(mailbox, a_mail())
    (mail,) = mailbox.messages()
    assert mail.sender == "shop@example.com"
    assert mail.recipients == ("jan@example.de",)
    assert mail.subject == "Ihr Artikel kommt am 4. März"
    assert mail.plain == "Grüße aus dem Lager.\n"
    assert mail.html == "<p>Grüße aus dem <b>Lager</b>.</p>\n"
    assert mail.header("x-kind") == "backorder_confirmed"
    assert mail.raw.startswith(b"From: Harbor & Pine")


def test_a_sender_with_a_password_is_let_in(mailbox):
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
        server.login("backorder", "secret")
        server.send_message(a_mail(), from_addr="shop@example.com")
    assert len(mailbox.messages()) == 1


def test_mails_are_found_by_recipient_whatever_the_case(mailbox):
    send(mailbox, a_mail(to="jan@example.de"))
    send(mailbox, a_mail(to="Zoe@example.fr"))
    assert [mail.recipients for mail in mailbox.messages(to="zoe@EXAMPLE.fr")] == [("Zoe@example.fr",)]
    assert mailbox.messages(to="nobody@example.fr") == []


def test_a_refused_address_hurts_nobody_else(mailbox):
    mailbox.refuse("bounce@example.com")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
        refusals = server.send_message(a_mail(), "shop@example.com", ["bounce@example.com", "jan@example.de"])
    assert refusals == {"bounce@example.com": (550, b"5.1.1 No such mailbox")}
    assert [mail.recipients for mail in mailbox.messages()] == [("jan@example.de",)]


def test_an_address_can_be_refused_for_now_and_accepted_again(mailbox):
    mailbox.refuse("full@example.com", code=452)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mailbox, a_mail(to="full@example.com"))
    assert refused.value.recipients["full@example.com"][0] == 452
    mailbox.accept("full@example.com")
    send(mailbox, a_mail(to="full@example.com"))
    assert len(mailbox.messages()) == 1


@pytest.mark.parametrize(("trouble", "code"), [("busy", 451), ("reject", 554)])
def test_a_trouble_lasts_as_many_mails_as_told(mailbox, trouble, code):
    mailbox.set_trouble(trouble, times=1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(mailbox, a_mail())
    assert refused.value.smtp_code == code
    assert mailbox.messages() == []
    send(mailbox, a_mail())
    assert len(mailbox.messages()) == 1
    assert mailbox.trouble == "none"


@pytest.mark.parametrize(("trouble", "kept"), [("drop", 0), ("drop_after", 1)])
def test_the_line_goes_dead_before_or_after_the_mail_is_kept(mailbox, trouble, kept):
    mailbox.set_trouble(trouble, times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mailbox, a_mail())
    assert len(mailbox.messages()) == kept


def test_a_script_can_wait_for_a_mail_and_delete_it(mailbox):
    assert mailbox.wait(to="jan@example.de", timeout=0.01) == []
    send(mailbox, a_mail())
    (mail,) = mailbox.wait(to="jan@example.de")
    assert mailbox.delete(mail.id) is True
    assert mailbox.delete(mail.id) is False
    assert mailbox.messages() == []


def test_ids_are_never_used_twice(mailbox):
    send(mailbox, a_mail())
    first = mailbox.messages()[0].id
    mailbox.clear()
    send(mailbox, a_mail())
    assert mailbox.messages()[0].id != first


def test_a_mail_in_a_character_set_nobody_knows_is_kept(mailbox):
    raw = b"Subject: odd\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\nhello\r\n"
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
        server.sendmail("a@example.com", ["b@example.com"], raw)
    assert mailbox.messages()[0].plain.strip() == "hello"


def test_after_stop_nobody_listens():
    box = Mailbox()
    port = box.start()
    box.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda box: box.set_trouble("sulk"), "trouble is 'sulk'; allowed are none, busy, reject, drop, drop_after"),
        (lambda box: box.refuse("a@example.com", code=200), "code is 200; allowed are 400 to 599"),
    ],
)
def test_a_wrong_switch_is_refused_with_the_allowed_values(act, sentence):
    with pytest.raises(ValueError, match=sentence):
        act(Mailbox())
