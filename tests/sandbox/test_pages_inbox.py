"""The inbox shows what came by SMTP, to people and to scripts, and never lets a mail's HTML act on our pages."""

import smtplib
from email.message import EmailMessage

import pytest

from plugin.sandbox.config import SandboxConfig
from plugin.sandbox.server import create_sandbox
from tests.sandbox.page import read

HTML = "<style>@media (prefers-color-scheme: dark){b{color:#fff}}</style><b>Dein Becher kommt</b>"


@pytest.fixture
def sandbox():
    made = create_sandbox(config=SandboxConfig(seed="empty"))
    made.mailbox.start()
    yield made
    made.mailbox.stop()


@pytest.fixture
def browser(sandbox):
    return sandbox.app.test_client()


def receive(sandbox, *, to="jan@example.de", subject="Ihr Becher & mehr"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", to, subject
    message.set_content("Dein Becher kommt.")
    message.add_alternative(HTML, subtype="html")
    with smtplib.SMTP("127.0.0.1", sandbox.mailbox.port, timeout=5) as server:
        server.send_message(message)
    return sandbox.mailbox.messages()[-1]


def test_the_list_shows_the_newest_first_and_filters_by_recipient(sandbox, browser):
    first, second = receive(sandbox), receive(sandbox, to="zoe@example.fr")
    rows = [row["data-mail-id"] for row in read(browser.get("/inbox/").text).all("a.mailrow")]
    assert rows == [second.id, first.id]
    rows = [row["data-mail-id"] for row in read(browser.get("/inbox/?to=jan@example.de").text).all("a.mailrow")]
    assert rows == [first.id]


@pytest.mark.parametrize("view", ["html", "dark", "phone"])
def test_html_is_shown_only_inside_a_frame_without_scripts(sandbox, browser, view):
    mail = receive(sandbox)
    frame = read(browser.get(f"/inbox/{mail.id}?view={view}").text).one("iframe")
    assert "allow-scripts" not in frame["sandbox"]
    assert "allow-same-origin" not in frame["sandbox"]
    body = browser.get(frame["src"])
    assert "Dein Becher kommt" in body.text
    assert "default-src 'none'" in body.headers["Content-Security-Policy"]


def test_the_dark_view_answers_the_mails_own_question(sandbox, browser):
    mail = receive(sandbox)
    assert "@media all{" in browser.get(f"/inbox/{mail.id}/body?scheme=dark").text
    assert "@media all{" not in browser.get(f"/inbox/{mail.id}/body").text


def test_plain_text_headers_and_source_have_their_views(sandbox, browser):
    mail = receive(sandbox)
    assert read(browser.get(f"/inbox/{mail.id}?view=plain").text).one("pre").text == "Dein Becher kommt."
    headers = read(browser.get(f"/inbox/{mail.id}?view=headers").text).text
    assert "RCPT TO jan@example.de" in headers
    assert "multipart/alternative" in browser.get(f"/inbox/{mail.id}?view=raw").text


def test_a_subject_is_only_words(sandbox, browser):
    mail = receive(sandbox, subject="<script>alert(1)</script>")
    for path in ("/inbox/", f"/inbox/{mail.id}"):
        assert "<script>alert(1)" not in browser.get(path).text


def test_scripts_read_mails_as_json_by_recipient(sandbox, browser):
    receive(sandbox, to="zoe@example.fr")
    mail = receive(sandbox)
    answer = browser.get("/sandbox/api/mails?to=jan@example.de").json
    assert answer["total"] == 1
    (data,) = answer["mails"]
    assert (data["id"], data["subject"], data["plain"].strip()) == (mail.id, "Ihr Becher & mehr", "Dein Becher kommt.")
    assert ["To", "jan@example.de"] in data["headers"]
    assert browser.get(f"/sandbox/api/mails/{mail.id}").json == data
    assert browser.get(f"/sandbox/api/mails/{mail.id}/raw").data == mail.raw


def test_scripts_wait_for_mails_and_get_what_is_there_when_the_time_is_over(sandbox, browser):
    mail = receive(sandbox)
    wished = {"to": "jan@example.de", "count": 2, "timeout": 0.01}
    answer = browser.post("/sandbox/api/mails/wait", json=wished).json
    assert [each["id"] for each in answer["mails"]] == [mail.id]


def test_scripts_delete_one_mail_or_all(sandbox, browser):
    first = receive(sandbox)
    receive(sandbox)
    assert browser.delete(f"/sandbox/api/mails/{first.id}").json == {"deleted": 1}
    assert browser.delete(f"/sandbox/api/mails/{first.id}").status_code == 404
    assert len(sandbox.mailbox.messages()) == 1
    assert browser.delete("/sandbox/api/mails").json == {"deleted": 1}
    assert sandbox.mailbox.messages() == []


def test_scripts_make_the_post_office_misbehave(sandbox, browser):
    wished = {"trouble": "busy", "times": 2, "refuse": {"bounce@example.com": 551}}
    state = browser.put("/sandbox/api/mailbox", json=wished).json
    assert (state["trouble"], state["refused"]) == ("busy", {"bounce@example.com": 551})
    assert state["smtp_port"] == sandbox.mailbox.port
    browser.put("/sandbox/api/mailbox", json={"trouble": "none", "accept": ["bounce@example.com"]})
    back = browser.get("/sandbox/api/mailbox").json
    assert (back["trouble"], back["refused"]) == ("none", {})


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        ({"trouble": "sulk"}, "trouble is 'sulk'; allowed are none, busy, reject, drop, drop_after"),
        ({"mood": "bad"}, "There is no 'mood' here. Known: trouble, times, refuse, send_back, accept."),
        ({"trouble": "busy", "refuse": {"a@example.com": 200}}, "code is 200; allowed are 400 to 599"),
        ([], "The body must be a JSON object."),
    ],
)
def test_a_wrong_wish_is_refused_in_words_and_changes_nothing(sandbox, browser, wished, words):
    answer = browser.put("/sandbox/api/mailbox", json=wished)
    assert (answer.status_code, answer.json) == (422, {"error": words})
    assert (sandbox.mailbox.trouble, sandbox.mailbox.refused) == ("none", {})


def test_the_api_document_tells_of_the_mails(browser):
    paths = browser.get("/sandbox/openapi.json").json["paths"]
    assert set(paths["/sandbox/api/mails"]) == {"get", "delete"}
    assert set(paths["/sandbox/api/mailbox"]) == {"get", "put"}


def test_scripts_change_what_a_storefront_page_depends_on(browser):
    where = "/sandbox/api/stores/harborpine/storefront"
    assert browser.get(where).json == {"cookie_banner": False, "content_security_policy": ""}
    wished = {"cookie_banner": True, "content_security_policy": "script-src 'self'"}
    assert browser.put(where, json=wished).json == wished
    assert browser.get("/shop/harborpine/").headers["Content-Security-Policy"] == "script-src 'self'"


def test_a_person_sets_and_lifts_the_same_switches(sandbox, browser):
    browser.post("/inbox/trouble", data={"trouble": "reject", "times": "1"})
    browser.post("/inbox/trouble", data={"refuse": "full@example.com", "code": "452"})
    assert (sandbox.mailbox.trouble, sandbox.mailbox.refused) == ("reject", {"full@example.com": 452})
    browser.post("/inbox/trouble", data={"accept": "full@example.com"})
    assert sandbox.mailbox.refused == {}


@pytest.mark.parametrize("path", ["/inbox/m99999", "/inbox/m99999/body", "/sandbox/api/mails/m99999"])
def test_a_mail_that_never_came_is_404(browser, path):
    assert browser.get(path).status_code == 404
