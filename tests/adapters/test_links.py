"""Signed links: what they open, and what nobody can open with them."""

import pytest

from plugin.adapters.links import SignedLinks
from plugin.domain.ids import OrderId, ShipmentId, TenantId

ADA = TenantId("ada1234567")
BO = TenantId("bo12345678")
BASE_URL = "https://backorder.example.com"
OLD, NEW = "an-old-key-of-32-characters-or-so", "the-new-key-of-32-characters-more"


@pytest.fixture
def links():
    return SignedLinks(BASE_URL, [NEW])


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]


def test_a_link_opens_what_it_was_made_for(links):
    confirm = links.confirm_waitlist(ADA, 17)
    leave = links.leave_waitlist(BO, 18)
    assert confirm.startswith("https://backorder.example.com/s/waitlist/confirm/")
    assert leave.startswith("https://backorder.example.com/s/waitlist/leave/")
    assert links.read("waitlist/confirm", token_of(confirm)) == (ADA, 17)
    assert links.read("waitlist/leave", token_of(leave)) == (BO, 18)


def test_a_link_of_one_purpose_opens_nothing_else(links):
    assert links.read("waitlist/leave", token_of(links.confirm_waitlist(ADA, 17))) is None
    assert links.read("waitlist/confirm", token_of(links.leave_waitlist(ADA, 17))) is None


def test_the_same_row_always_gets_the_same_link_so_that_a_repeated_mail_is_the_same_mail(links):
    assert links.leave_waitlist(ADA, 17) == links.leave_waitlist(ADA, 17)
    assert links.leave_waitlist(ADA, 17) != links.leave_waitlist(BO, 17)


def test_after_a_key_is_rotated_old_links_still_work_and_new_ones_are_signed_with_the_first_key():
    before = SignedLinks(BASE_URL, [OLD])
    rotated = SignedLinks(BASE_URL, [NEW, OLD])
    assert rotated.read("waitlist/leave", token_of(before.leave_waitlist(ADA, 17))) == (ADA, 17)
    fresh = token_of(rotated.leave_waitlist(ADA, 18))
    assert SignedLinks(BASE_URL, [NEW]).read("waitlist/leave", fresh) == (ADA, 18)
    assert before.read("waitlist/leave", fresh) is None


@pytest.mark.parametrize("key", [OLD, ""])
def test_a_token_signed_with_a_foreign_key_is_refused(links, key):
    forged = token_of(SignedLinks(BASE_URL, [key]).leave_waitlist(ADA, 17))
    assert links.read("waitlist/leave", forged) is None


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 100_000, "ünïcode.token", "\x00", "W10.abc"])
def test_nonsense_is_no_token(links, token):
    assert links.read("waitlist/leave", token) is None


def test_no_character_of_a_token_can_be_changed(links):
    token = token_of(links.leave_waitlist(ADA, 17))
    payload, _, _ = token.partition(".")
    for place in range(len(payload)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert links.read("waitlist/leave", changed) is None


@pytest.mark.parametrize("content", [["ada"], ["ada", "17"], {"tenant": "ada"}, [1, 2], "ada", None, ["ada", 1, 2]])
def test_a_signed_token_of_another_shape_is_refused(links, content):
    assert links.read("waitlist/leave", links._signer("waitlist/leave").dumps(content)) is None


def test_a_token_needs_no_quoting_in_an_address(links):
    link = links.leave_waitlist(TenantId("ß/?&#%"), 2**40)
    assert set(token_of(link)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert links.read("waitlist/leave", token_of(link)) == ("ß/?&#%", 2**40)


def test_a_host_that_no_mail_header_can_hold_is_refused_at_the_start():
    with pytest.raises(ValueError, match="must be in ASCII"):
        SignedLinks("https://mügs.example", [NEW])


def test_links_without_a_key_are_refused_at_the_start():
    with pytest.raises(ValueError, match="keys is empty"):
        SignedLinks(BASE_URL, [])


def test_order_and_shipment_pages_open_only_themselves(links):
    order, shipment = links.order_page(ADA, OrderId(100)), links.shipment_page(ADA, ShipmentId(100))
    assert order.startswith("https://backorder.example.com/s/order/")
    assert shipment.startswith("https://backorder.example.com/s/shipment/")
    assert links.read("order", token_of(order)) == (ADA, 100)
    assert links.read("shipment", token_of(shipment)) == (ADA, 100)
    for purpose, link in (("order", shipment), ("shipment", order), ("waitlist/leave", order)):
        assert links.read(purpose, token_of(link)) is None
