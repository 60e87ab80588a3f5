"""From message to mailbox over real SMTP: what arrives, what waits, what is given up."""

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plugin.adapters.mail.notifier import NoMailServer, SmtpNotifier
from plugin.adapters.mail.transport import SmtpServer, SmtpTransport
from plugin.services.errors import GiveUp, RetryLater
from plugin.services.ports.messages import MessageKind
from tests.adapters.mail.samples import ADA, LINKS, SHOP, WORDING, FixedClock, a_message, written
from tests.adapters.mail.sink import Sink

FROM = "Backorder <post@backorder.example.com>"


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


def a_notifier(port, options="?timeout=5"):
    url = f"smtp://127.0.0.1:{port}{options}"
    return SmtpNotifier(smtp_url=url, mail_from=FROM, wording=WORDING, links=LINKS, clock=FixedClock())


@pytest.fixture
def notifier(sink):
    notifier = a_notifier(sink.port)
    yield notifier
    notifier.close()


def send(notifier, kind=MessageKind.CONFIRMED, **message):
    return notifier.send(a_message(kind, **message), SHOP, tenant=ADA)


def body(mail, kind):
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n")


def refused(notifier, error, **message):
    with pytest.raises(error) as caught:
        send(notifier, **message)
    return caught.value


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_arrives_as_it_was_written(sink, notifier, kind):
    sent = send(notifier, kind, locale="de", key=f"{kind.value}:1")
    [mail] = sink.parsed()
    assert mail["Subject"] == sent.subject == written(kind, locale="de").subject
    assert body(mail, "plain") == sent.text == written(kind, locale="de").text
    assert body(mail, "html") == written(kind, locale="de").html
    assert sink.senders[0][0] == "post@backorder.example.com"


@pytest.mark.parametrize("kind", [MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN])
def test_commercial_mail_without_a_postal_address_is_not_sent(sink, notifier, kind):
    nameless = replace(SHOP, postal_address=" ")
    with pytest.raises(GiveUp) as caught:
        notifier.send(a_message(kind), nameless, tenant=ADA)
    assert caught.value.reason == "configuration"
    assert "no postal address" in caught.value.explanation
    assert sink.mails == []
    notifier.send(a_message(MessageKind.CONFIRMED), nameless, tenant=ADA)
    assert len(sink.mails) == 1


def test_only_mail_of_the_waitlist_can_be_unsubscribed_from(sink, notifier):
    for kind in MessageKind:
        send(notifier, kind)
    with_header = [mail["Feedback-ID"].split(":")[0] for mail in sink.parsed() if mail["List-Unsubscribe"]]
    assert sorted(with_header) == ["back_in_stock", "gone_again"]
    raw, _ = [mail for mail in sink.mails if b"List-Unsubscribe:" in mail]
    link = f"<{LINKS.leave_waitlist(ADA, 7)}>"
    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_one_connection_carries_many_mails(sink, notifier):
    for number in range(5):
        send(notifier, key=f"confirmed:{number}")
    assert len(sink.mails) == 5
    assert sink.connections == 1


def test_a_connection_the_server_has_closed_is_opened_anew(sink, notifier):
    send(notifier)
    sink.hang_up_on_everyone()
    send(notifier)
    assert len(sink.mails) == 2
    assert sink.connections == 2


@pytest.mark.parametrize("answer", ["450 mailbox busy", "451 greylisted", "452 full", "421 going down"])
def test_not_now_is_tried_later(sink, notifier, answer):
    sink.refusals["jan@example.com"] = answer
    problem = refused(notifier, RetryLater)
    assert (problem.outcome_unknown, problem.after) == (False, None)
    assert answer in problem.reason
    assert sink.mails == []


@pytest.mark.parametrize("step", ["jan@example.com", "DATA"])
@pytest.mark.parametrize("answer", ["550 no such user", "553 nonsense", "554 spam", "552 full"])
def test_never_is_given_up(sink, notifier, step, answer):
    sink.refusals[step] = answer
    problem = refused(notifier, GiveUp)
    assert problem.reason == "rejected"
    assert answer in problem.explanation


def test_what_a_server_says_about_an_address_is_kept_without_it(sink, notifier):
    sink.refusals["jan@example.com"] = "550 <jan@example.com>: unknown, ask postmaster@example.com"
    explanation = refused(notifier, GiveUp).explanation
    assert explanation == "The mail server refuses it: 550 <[address]>: unknown, ask [address]."


def test_one_bad_address_hurts_nobody_else(sink, notifier):
    sink.refusals["gone@example.com"] = "550 no such user"
    for to in ("gone@example.com", "not an address", "bo@example.com\r\nRCPT TO:<x@example.com>"):
        refused(notifier, GiveUp, to=to)
        send(notifier, to="ada@example.com")
    assert [mail["To"] for mail in sink.parsed()] == ["ada@example.com"] * 3


def test_a_refused_sender_is_the_operators_trouble_not_the_recipients(sink, notifier):
    sink.refusals["MAIL"] = "550 sender not allowed"
    assert refused(notifier, RetryLater).after == timedelta(minutes=10)


@pytest.mark.parametrize(("step", "unknown"), [("MAIL", False), ("jan@example.com", False), ("DATA", True)])
def test_a_line_that_goes_dead_is_tried_later_and_says_whether_the_mail_may_have_gone(sink, notifier, step, unknown):
    sink.refusals[step] = "drop"
    assert refused(notifier, RetryLater).outcome_unknown is unknown
    sink.refusals.clear()
    send(notifier)
    assert len(sink.mails) == 1


def test_a_mail_sent_again_has_the_same_message_id(sink, notifier):
    send(notifier)
    sink.hang_up_on_everyone()
    send(notifier)
    first, second = sink.parsed()
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_that_is_not_there_is_tried_later():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    problem = refused(a_notifier(port), RetryLater)
    assert problem.outcome_unknown is False
    assert "cannot be reached" in problem.reason


def test_a_server_that_says_nothing_is_left_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        problem = refused(a_notifier(silent.getsockname()[1], "?timeout=0.2"), RetryLater)
    assert "timed out" in problem.reason


def test_an_address_in_another_script_is_sent_as_it_is(sink, notifier):
    send(notifier, to="用户@example.com")
    assert sink.senders[0][1] == ["SMTPUTF8", "BODY=8BITMIME"]
    assert "To: 用户@example.com\r\n".encode() in sink.mails[0]


def test_without_a_mail_server_every_mail_waits():
    problem = refused(NoMailServer(), RetryLater)
    assert problem.after == timedelta(minutes=15)


# Passwords and encryption


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def locked_sink(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sink = Sink(tls=context, login=("ada", "p@ss/word"))
    yield sink
    sink.close()


def deliver(sink, certificate, *, user="ada:p%40ss%2Fword", options="?starttls"):
    trusted = ssl.create_default_context(cafile=certificate) if certificate else None
    transport = SmtpTransport(SmtpServer.parse(f"smtp://{user}@localhost:{sink.port}{options}"), tls=trusted)
    try:
        transport.send(b"Subject: hi\r\n\r\nhi\r\n", sender="post@example.com", recipient="jan@example.com")
    finally:
        transport.close()


def test_a_password_goes_over_an_encrypted_line(locked_sink, certificate):
    deliver(locked_sink, certificate)
    assert len(locked_sink.mails) == 1


def test_a_wrong_password_waits_for_the_operator(locked_sink, certificate):
    with pytest.raises(RetryLater, match="refuses our name or password") as caught:
        deliver(locked_sink, certificate, user="ada:wrong")
    assert caught.value.after == timedelta(minutes=10)


def test_a_certificate_nobody_vouches_for_is_not_trusted(locked_sink):
    with pytest.raises(RetryLater, match="certificate"):
        deliver(locked_sink, None)
    assert locked_sink.mails == []


def test_a_server_without_encryption_is_not_spoken_to_when_it_was_asked_for(sink):
    with pytest.raises(RetryLater, match="STARTTLS"):
        deliver(sink, None)
    assert sink.senders == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 25)),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025)),
        ("smtp://a:b@127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "a", "b")),
        ("smtp://a%40b:c%2Fd@m.example.com?starttls", SmtpServer("m.example.com", 587, "a@b", "c/d", starts_tls=True)),
        ("smtps://a:b@m.example.com?timeout=3", SmtpServer("m.example.com", 465, "a", "b", speaks_tls=True, timeout=3)),
    ],
)
def test_addresses_of_mail_servers(url, server):
    assert SmtpServer.parse(url) == server


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://mail.example.com", "must be like"),
        ("smtp://", "must be like"),
        ("smtp://ada:secret@mail.example.com", "in the clear"),
        ("smtp://mail.example.com?tls=1", "unknown options"),
        ("smtp://mail.example.com?timeout=soon", "timeout=soon"),
        ("smtp://mail.example.com?timeout=0", "timeout=0"),
    ],
)
def test_a_wrong_address_of_a_mail_server_is_refused_at_the_start_without_its_password(url, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        SmtpServer.parse(url)
    assert "secret" not in str(caught.value)
