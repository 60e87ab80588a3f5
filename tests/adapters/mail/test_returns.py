"""Mails that come back: whose they are, why, and what only looks like one. Fetched over POP3 from the sandbox, or over IMAP."""

import pytest

from plugin.adapters.mail.box_address import LARGEST_MAIL
from plugin.adapters.mail.imap import ImapMailbox
from plugin.adapters.mail.notifier import SmtpNotifier
from plugin.adapters.mail.pop import PopMailbox
from plugin.adapters.mail.returns import ReportReader, ReturnPaths
from plugin.sandbox.mailbox import Mailbox
from plugin.sandbox.pop import PopServer
from plugin.services.errors import RetryLater
from tests.adapters.mail.imap_server import ImapServer
from tests.adapters.mail.samples import ADA, LINKS, SHOP, WORDING, FixedClock, a_message

KEYS = ("the-newest-key-of-thirty-two-letters", "an-older-key-of-thirty-two-letters!!")
PATHS = ReturnPaths("bounces@mail.example.com", KEYS)
READER = ReportReader(PATHS)


def a_report(
    *, to=None, action="failed", said="smtp; 550 5.1.1 <jan@example.com>: no such user", kind="delivery-status"
):
    to = to or PATHS.of(ADA, 7)
    return (
        f"From: MAILER-DAEMON@relay.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; jan@example.com\r\nAction: {action}\r\nDiagnostic-Code: {said}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_report_names_the_mail_and_the_reason_without_an_address():
    report = READER.read(a_report())
    assert (report.tenant_id, report.message_id, report.is_complaint) == (ADA, 7, False)
    assert report.why == "550 5.1.1 [address] no such user"


def test_a_return_path_survives_servers_that_write_it_large():
    assert READER.read(a_report(to=PATHS.of(ADA, 7).upper())).message_id == 7


def test_an_older_key_still_reads_its_own():
    old = ReturnPaths(PATHS.address, KEYS[1:])
    assert READER.read(a_report(to=old.of(ADA, 8))).message_id == 8


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(a_report(action="delayed"), id="only late"),
        pytest.param(a_report(to=PATHS.of(ADA, 7).replace("-7-", "-8-")), id="a seal of another mail"),
        pytest.param(a_report(to="bounces@mail.example.com"), id="no seal"),
        pytest.param(f"To: {PATHS.of(ADA, 7)}\r\n\r\nI am on holiday.".encode(), id="out of office"),
        pytest.param(b"\xff\xfe", id="no mail at all"),
    ],
)
def test_what_is_no_report_about_a_mail_of_ours_is_nothing(raw):
    assert READER.read(raw) is None


def test_a_complaint_is_no_bounce():
    report = READER.read(a_report(kind="feedback-report"))
    assert (report.message_id, report.is_complaint) == (7, True)


def test_a_local_part_is_never_too_long_for_a_mail_server():
    local = PATHS.of("abcdefghij", 999_999_999_999).partition("@")[0]
    assert len(local) <= 64


@pytest.fixture
def post_office():
    mailbox = Mailbox()
    mailbox.start()
    pop = PopServer(mailbox)
    pop.start()
    yield mailbox, pop
    pop.stop()
    mailbox.stop()


def test_what_comes_back_is_fetched_and_deleted(post_office):
    mailbox, pop = post_office
    mailbox.send_back("jan@example.com")
    url = f"smtp://127.0.0.1:{mailbox.port}?timeout=5"
    sender = "Backorder <post@mail.example.com>"
    notifier = SmtpNotifier(
        smtp_url=url, mail_from=sender, wording=WORDING, links=LINKS, clock=FixedClock(), returns=PATHS
    )
    sent = a_message(to="jan@example.com")
    notifier.send(sent, SHOP, tenant=ADA)
    notifier.close()
    [report] = mailbox.wait(to=PATHS.of(ADA, sent.message_id))
    box = PopMailbox.parse(f"pop3://bounces%40mail.example.com:secret@127.0.0.1:{pop.port}")
    fetched = []
    assert box.take(fetched.append) == 1
    assert READER.read(fetched[0]).message_id == sent.message_id
    assert mailbox.message(report.id) is None
    assert box.take(fetched.append) == 0
    assert [mail.recipients for mail in mailbox.messages()] == [("jan@example.com",)]


def test_a_mailbox_that_is_away_is_asked_again_later(post_office):
    _, pop = post_office
    pop.stop()
    box = PopMailbox.parse(f"pop3://bounces:secret@127.0.0.1:{pop.port}")
    with pytest.raises(RetryLater):
        box.take(print)


def imap(server, folder="", password="secret"):
    return ImapMailbox.parse(f"imap://bounces%40mail.example.com:{password}@127.0.0.1:{server.port}/{folder}")


def test_what_comes_back_is_fetched_over_imap_and_deleted():
    fetched = []
    with ImapServer(a_report(), b"Subject: Lunch?\r\n\r\nNoon?") as server:
        assert imap(server).take(fetched.append) == 2
        assert (server.mails, imap(server).take(fetched.append)) == ({}, 0)
    assert 'LOGIN bounces@mail.example.com "secret"' in server.said
    assert READER.read(fetched[0]).message_id == 7
    assert fetched[1] == b"Subject: Lunch?\r\n\r\nNoon?"


def test_a_folder_of_its_own_and_a_mail_that_is_too_large():
    fetched = []
    with ImapServer(b"x" * (LARGEST_MAIL + 1), folder="Came back") as server:
        assert imap(server, folder="Came%20back").take(fetched.append) == 1
    assert (fetched, server.mails) == ([], {})


def test_a_mail_that_could_not_be_handled_is_still_there():
    def fail(_):
        raise ZeroDivisionError

    with ImapServer(b"Subject: one\r\n\r\n") as server:
        with pytest.raises(ZeroDivisionError):
            imap(server).take(fail)
        assert len(server.mails) == 1


@pytest.mark.parametrize("wrong", [{"folder": "Nowhere"}, {"password": "guess"}])
def test_an_imap_mailbox_that_does_not_open_is_asked_again_later(wrong):
    with ImapServer() as server, pytest.raises(RetryLater) as caught:
        imap(server, **wrong).take(print)
    assert "guess" not in str(caught.value)


def test_an_imap_server_that_is_away_is_asked_again_later():
    with ImapServer() as server:
        pass
    with pytest.raises(RetryLater):
        imap(server).take(print)


@pytest.mark.parametrize("kind", [PopMailbox, ImapMailbox])
@pytest.mark.parametrize(
    "url",
    [
        "ftps://u:p@host",
        "pop3s://host",
        "imaps://host",
        "pop3://user:password@mail.example.com",
        "imap://user:password@mail.example.com",
    ],
)
def test_a_wrong_address_of_the_mailbox_is_refused_without_its_password(kind, url):
    with pytest.raises(ValueError, match="BOUNCE_MAILBOX_URL") as caught:
        kind.parse(url)
    assert "password@mail" not in str(caught.value)
