"""Substitutes on every page: set on the item's, by REST too, offered on the order's own, and acted upon by the merchant."""

import re

from plugin.domain.ids import ItemId, OrderLineId
from plugin.domain.store import Role
from plugin.domain.substitute import ChoiceState, Substitute
from plugin.services.ports.directory import AppUser
from tests.web.stage import ADA, BO, Web
from tests.web.test_order_page import BLUE, FIRST, ORDER, RED, SECOND, a_told_order, link, page, press, said_after
from tests.web.test_products import get, post, words

NOTE = "The same mug in red"


def allowed(web: Web, item: ItemId = BLUE) -> list[tuple[str, str]]:
    return [(each.item_id, each.note) for each, _ in web.plugin.substitutes.of_item(ADA, item)]


def an_order_with_an_offer(web: Web) -> None:
    """Two blue mugs wait until late March; of four red ones that came, one is for the order itself."""
    a_told_order(web)
    web.plugin.substitutes.save(ADA, BLUE, [Substitute(RED, NOTE)])
    (shipment,) = [one for one in web.plugin.shipments.all(ADA) if one.reference == "PO-119"]
    web.plugin.shipments.receive(ADA, shipment.shipment_id, {RED: 4})


def state_of_choice(web: Web) -> list[ChoiceState]:
    return [choice.state for choice in web.plugin.substitute_choices.of_order(ADA, ORDER)]


# ----------------------------------------------------------------------------------------------- the item's page


def test_substitutes_are_saved_in_the_order_of_their_places_and_an_emptied_row_is_gone(web: Web) -> None:
    path = f"products/item/{BLUE}/substitutes"
    saved = post(web, path, **{"item-1": "MUG-RED", "note-1": f"  {NOTE} ", "place-1": "2"})
    assert (saved.status_code, allowed(web)) == (303, [(RED, NOTE)])
    text = get(web, f"products/item/{BLUE}?done=substitutes")
    assert "Saved. Shoppers who wait for it are offered these" in words(text)
    assert ('value="MUG-RED"' in text, f'value="{NOTE}"' in text, "Stoneware mug, Red" in text) == (True, True, True)
    assert post(web, path, **{"item-1": "", "note-1": NOTE}).status_code == 303
    assert allowed(web) == []


def test_a_sku_nobody_knows_comes_back_beside_its_field_and_nothing_is_saved(web: Web) -> None:
    web.plugin.substitutes.save(ADA, BLUE, [Substitute(RED)])
    answer = post(web, f"products/item/{BLUE}/substitutes", **{"item-1": "MUG-GREEN", "note-1": "x"})
    assert answer.status_code == 422
    assert "Your catalog has no item with this SKU." in words(answer.text)
    assert 'value="MUG-GREEN"' in answer.text
    itself = post(web, f"products/item/{BLUE}/substitutes", **{"item-1": "MUG-BLUE"})
    assert (itself.status_code, "cannot stand in for itself" in words(itself.text)) == (422, True)
    assert allowed(web) == [(RED, "")]
    assert post(web, "products/item/1/substitutes", **{"item-1": "MUG-RED"}).status_code == 404


def test_who_may_only_look_sees_them_and_cannot_save(web: Web) -> None:
    web.plugin.directory.save_user(ADA, AppUser(9, "clerk@ada.example", "en", is_owner=False))
    web.plugin.directory.set_role(ADA, 9, Role.READ_ONLY)
    fields = {"session": web.token(user=9), "item-1": "MUG-RED"}
    assert web.client().post(f"/app/ada/products/item/{BLUE}/substitutes", data=fields).status_code == 403
    assert allowed(web) == []


# ---------------------------------------------------------------------------------------------------------- REST


def test_an_erp_sets_and_reads_them_and_another_store_has_its_own(web: Web) -> None:
    key, of_bo = web.api_key(), web.api_key(BO)
    address = f"/api/v1/items/{BLUE}/substitutes"
    wanted = {"substitutes": [{"item": RED, "note": NOTE}]}
    saved = web.client().put(address, json=wanted, headers=key)
    assert (saved.status_code, saved.json) == (200, wanted)
    assert web.client().get(address, headers=of_bo).json == {"substitutes": []}
    wrong = web.client().put(address, json={"substitutes": [{"item": "5"}]}, headers=key)
    assert (wrong.status_code, "Your catalog has no item 5." in wrong.text) == (422, True)
    assert web.client().get("/api/v1/items/5/substitutes", headers=key).status_code == 404
    assert allowed(web) == [(RED, NOTE)]


def test_an_erp_reads_what_was_chosen_and_may_decline(web: Web) -> None:
    key, of_bo = web.api_key(), web.api_key(BO)
    an_order_with_an_offer(web)
    press(web, "substitute", line=FIRST, item=RED)
    chosen = "/api/v1/substitutes/chosen"
    (one,) = web.client().get(chosen, headers=key).json["choices"]  # type: ignore[index]
    assert (one["order_id"], one["item"], one["substitute"], one["units"]) == (ORDER, BLUE, RED, 2)
    assert web.client().get(chosen, headers=of_bo).json == {"choices": [], "next": None}
    decline = f"{chosen}/{one['id']}/decline"
    assert web.client().post(decline, headers=of_bo).status_code == 404
    assert web.client().post(decline, headers=key).status_code == 204
    assert state_of_choice(web) == [ChoiceState.DECLINED]
    assert "The shop could not change your order: it stays as you bought it." in page(web)


# ---------------------------------------------------------------------------------------------- the order's page


def test_the_page_offers_what_can_ship_now_and_says_who_settles_the_price(web: Web) -> None:
    an_order_with_an_offer(web)
    text = page(web)
    assert f"Take something else instead 2 × Stoneware mug, Red {NOTE} Can ship now Take this instead" in text
    assert "If the price differs, the shop settles it with you." in text
    assert text.count("Take this instead") == 1
    assert "Stattdessen nehmen" in page(web, lang="de")


def test_a_choice_is_told_truly_and_taken_back(web: Web) -> None:
    an_order_with_an_offer(web)
    after = said_after(web, press(web, "substitute", line=FIRST, item=RED))
    assert "Thank you. The shop will change your order." in after
    assert "You chose Stoneware mug, Red instead on Mar 2. The shop will change your order." in after
    assert "You chose instead: 2 × Stoneware mug, Red." in after
    assert "Take this instead" not in after
    assert "2 ship Mar 17 – 23" in after
    back = said_after(web, press(web, "take-back", line=FIRST))
    assert "Your order stays as you bought it." in back
    assert "Take this instead" in back
    assert state_of_choice(web) == [ChoiceState.TAKEN_BACK]


def test_what_is_not_offered_is_too_late_or_not_found(web: Web) -> None:
    an_order_with_an_offer(web)
    for fields in ({"line": FIRST, "item": BLUE}, {"line": SECOND, "item": RED}):
        assert "That was not possible any more." in said_after(web, press(web, "substitute", **fields))
    assert "That was not possible any more." in said_after(web, press(web, "take-back", line=FIRST))
    for fields in ({"line": 9, "item": RED}, {"line": FIRST, "item": "<x>"}, {"line": FIRST}, {"item": RED}):
        assert press(web, "substitute", **fields).status_code == 404
    for action in ("substitute", "take-back"):
        assert web.client().get(f"{link(web)}/{action}").status_code == 405
    assert state_of_choice(web) == []


# -------------------------------------------------------------------------------------------------- the merchant


def text_of(web: Web, path: str) -> str:
    return words(get(web, path))


def test_the_merchant_finds_the_order_to_change_and_may_leave_it(web: Web) -> None:
    an_order_with_an_offer(web)
    press(web, "substitute", line=FIRST, item=RED)
    home = get(web, "")
    assert "1 shopper chose a substitute: change the order. See the orders" in words(home)
    assert "tab=swap" in home
    listed = text_of(web, "backorders?tab=swap")
    assert re.search(r"#101 .* instead: Stoneware mug, Red .* Wants a substitute Done: I changed the order", listed)
    order = text_of(web, f"backorders/{ORDER}")
    assert "2 × Stoneware mug, Blue are to become Stoneware mug, Red; chosen on" in order
    assert "The shopper wants something else instead: 2 × Stoneware mug, Red (on the order" in order
    assert post(web, f"backorders/{ORDER}/substitute", line=99, deed="decline").status_code == 422
    assert post(web, f"backorders/{ORDER}/substitute", line=FIRST, deed="?").status_code == 422
    left = post(web, f"backorders/{ORDER}/substitute", line=FIRST, deed="decline")
    assert left.status_code == 303
    assert state_of_choice(web) == [ChoiceState.DECLINED]
    assert "You did not change the order; what was bought stays" in text_of(web, f"backorders/{ORDER}")
    assert "Nobody waits for a substitute." in text_of(web, "backorders?tab=swap")
    assert "chose a substitute" not in text_of(web, "")


def test_the_proof_names_the_choice_in_both_files(web: Web) -> None:
    key = web.api_key()
    an_order_with_an_offer(web)
    press(web, "substitute", line=FIRST, item=RED)
    proof = web.client().get(f"/api/v1/orders/{ORDER}/proof.json", headers=key).json
    (kept,) = proof["record"]["substitutes"]  # type: ignore[index]
    assert (kept["line_id"], kept["name"], kept["state"]) == (OrderLineId(FIRST), "Stoneware mug, Red", "open")
    pdf = web.client().get(f"/api/v1/orders/{ORDER}/proof.pdf", headers=key)
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
