"""The mails of a store: previewed in every language and view, worded by the merchant, tested, and what became of each."""

import re
from dataclasses import replace
from html import unescape

import pytest
from werkzeug.test import TestResponse

from plugin.domain.store import ChannelSender
from plugin.services.errors import GiveUp
from plugin.services.outbox import sender_of
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.tones import EDITABLE, LANGUAGES, default_text
from tests.web.stage import ADA, NOW, Web, fill

LATE = MessageKind.DELAY_FIRST_LONG


def get(web: Web, path: str = "", **query: object) -> TestResponse:
    headers = {"Authorization": f"Bearer {web.token()}"}
    return web.client().get(f"/app/ada/messages{path}", headers=headers, query_string=query)


def post(web: Web, path: str, **fields: object) -> TestResponse:
    return web.client().post(f"/app/ada/messages{path}", data={**fields, "session": web.token()})


def text_of(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True))).split())


def follow(web: Web, answer: TestResponse) -> str:
    assert answer.status_code == 303, text_of(answer)
    return text_of(web.client().get(answer.headers["Location"]))


def test_every_kind_of_mail_can_be_looked_at(web: Web) -> None:
    linked = re.findall(r"/messages/kind/(\w+)", get(web).get_data(as_text=True))
    assert sorted(set(linked)) == sorted(kind.value for kind in EDITABLE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_has_a_preview_in_each_language(web: Web, language: str) -> None:
    for kind in EDITABLE:
        mail = get(web, f"/preview/{kind.value}", language=language)
        assert (mail.status_code, f'lang="{language}' in mail.get_data(as_text=True)) == (200, True), kind
        assert "sandbox" in mail.headers["Content-Security-Policy"]


def test_a_preview_is_light_dark_or_plain_as_asked(web: Web) -> None:
    light, dark = (get(web, "/preview/earlier", view=view).get_data(as_text=True) for view in ("phone", "dark"))
    assert ("@media not all" in light, "@media all" in dark, "prefers-color-scheme" in light + dark) == (
        True,
        True,
        False,
    )
    plain = get(web, "/preview/earlier", view="plain")
    assert (plain.mimetype, "Hello Ada Lovelace," in plain.get_data(as_text=True)) == ("text/plain", True)
    page = get(web, "/kind/earlier", view="dark")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_own_words_are_kept_around_what_is_locked_and_can_be_given_up(web: Web) -> None:
    own = default_text(LATE).replace("[[dates]]", "We are sorry.\n\n[[dates]]") + "\n\nYours, Ada"
    assert "Saved." in follow(web, post(web, f"/kind/{LATE}?language=en", text=own))
    plain = get(web, f"/preview/{LATE}", language="en", view="plain").get_data(as_text=True)
    assert plain.index("We are sorry.") < plain.index("New ship date") < plain.index("Yours, Ada")
    assert "We are sorry." not in get(web, f"/preview/{LATE}", language="de", view="plain").get_data(as_text=True)
    assert "English" in text_of(get(web))
    assert "Our own words" in follow(web, post(web, f"/kind/{LATE}?language=en", text=own, ours="yes"))
    assert "We are sorry." not in get(web, f"/preview/{LATE}", language="en", view="plain").get_data(as_text=True)


def test_a_text_without_a_locked_part_comes_back_with_what_is_missing(web: Web) -> None:
    broken = default_text(LATE).replace("[[right_to_cancel]]", "No way back.")
    answer = post(web, f"/kind/{LATE}?language=en", text=broken)
    assert answer.status_code == 422
    assert "The text lacks what this mail must say: [[right_to_cancel]]." in text_of(answer)
    assert "No way back." in text_of(answer)
    assert "No way back." not in get(web, f"/preview/{LATE}", view="plain").get_data(as_text=True)


def test_what_is_typed_is_tried_in_the_preview_without_being_kept(web: Web) -> None:
    tried = post(web, "/preview/earlier?language=en&view=plain", text="Hurray!\n\n[[message]]")
    assert "Hurray!" in tried.get_data(as_text=True)
    assert "Hurray!" not in get(web, "/preview/earlier", view="plain").get_data(as_text=True)
    assert post(web, "/preview/earlier?language=en", text="Hurray!").status_code == 422


def test_a_test_goes_to_one_address_and_is_listed_as_such(web: Web) -> None:
    assert "The test is on its way." in follow(web, post(web, "/kind/earlier/test?language=de", to="me@ada.example"))
    text = text_of(get(web, "/sent"))
    assert "me@ada.example Earlier than told Test" in text
    assert post(web, "/kind/earlier/test?language=de", to="nonsense").status_code == 422
    with web.plugin.units(ADA) as work:
        (message,) = work.messages.added_after(0)
    assert (message.is_test, message.locale, message.order_id) == (True, "de", None)


def test_what_became_of_each_mail_is_told_newest_first(web: Web) -> None:
    fill(web.plugin, ADA)
    with web.plugin.units(ADA) as work:
        keys = ("sent", "back", "refused", "untrue", "waits")
        new = [NewMessage(key, MessageKind.CANCELLED, f"{key}@x.example", "en", {}) for key in keys]
        ids = work.messages.add(new, at=NOW)
        for message in ids[:2]:
            work.messages.sent(message, at=NOW, subject="About it", text="Word for word.")
        work.messages.park(ids[2], GiveUp("rejected", "550 No such mailbox"))
        work.messages.drop([ids[3]], at=NOW)
        work.commit()
    text = text_of(get(web, "/sent", kind="cancelled"))
    for words in ("sent@x.example Cancelled About it Word for word. Sent", "Could not be sent 550 No such mailbox"):
        assert words in text
    assert text.index("waits@") < text.index("untrue@") < text.index("refused@") < text.index("sent@")
    assert "waits@x.example Cancelled Waiting" in text
    assert "Not sent: no longer true" in text
    assert "Nothing fits" in text_of(get(web, "/sent", kind="refunded"))
    assert [get(web, "/sent", kind="x").status_code, get(web, "/sent", after="x").status_code] == [422, 422]


def test_a_storefront_may_write_under_its_own_name(web: Web) -> None:
    assert "Channel 1" in text_of(get(web, "/senders"))
    saved = post(web, "/senders/1", name="Ada Outlet", reply_to="outlet@ada.example", postal_address="", writes="yes")
    assert "The sender is saved." in follow(web, saved)
    tenant = web.plugin.directory.find(ADA)
    assert tenant
    assert tenant.settings.channel_senders == (ChannelSender(1, "Ada Outlet", "outlet@ada.example"),)
    assert (sender_of(tenant, channel=1).store_name, sender_of(tenant, channel=2).store_name) == ("Ada Outlet", "Ada")
    assert post(web, "/senders/1", reply_to="nonsense").status_code == 422
    post(web, "/senders/1", name="", writes="yes")
    tenant = web.plugin.directory.find(ADA)
    assert tenant
    assert replace(tenant.settings).channel_senders == ()


def test_kinds_whose_words_are_ours_have_no_page(web: Web) -> None:
    assert [get(web, f"/kind/{kind}").status_code for kind in ("withdrawal", "merchant_digest", "nonsense")] == [
        404
    ] * 3


def test_a_channel_that_is_switched_off_says_so(web: Web) -> None:
    assert post(web, "/senders/1", name="").status_code == 303
    assert web.plugin.directory.find(ADA).settings.channel_senders == (ChannelSender(1, writes=False),)
    assert "Channel 1 No mails" in text_of(get(web, "/senders"))


def test_the_control_panel_around_our_page_may_show_the_preview(web: Web) -> None:
    policy = get(web, "/preview/earlier").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://store-ada.mybigcommerce.com" in policy
