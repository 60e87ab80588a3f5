"""Public addresses the shop's pages call: what the next buyer is told, and "tell me when it is back".

No cookie, no session, any origin. Answers never say who else is on a list.
"""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Response, g, jsonify, make_response, request
from pydantic import BaseModel, ConfigDict, Field

from plugin.domain.ids import ItemId, ProductId, TenantId, VariantId, item_id
from plugin.domain.plan import Offer
from plugin.services.errors import NotFound
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.errors import wants_json
from plugin.web.rate_limit import Rate, limit, sender_address
from plugin.web.reading import ITEM, bad, json_or_form
from plugin.web.shopper import shopper_page

SIGN_UPS = Rate(times=10, per_seconds=600)
LOOKS = Rate(times=300, per_seconds=60)
MOST_IDS = 50
ADDRESS = r"^[^\s@<>,;:\"()\\\[\]]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}$"
CACHING = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
ONE_DAY = "86400"

storefront = Blueprint("storefront", __name__, url_prefix="/store/<store:store>")


class SignUp(BaseModel):
    """What the form says. `website` is the honeypot: people do not see it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    product_id: Annotated[int, Field(ge=1, le=2**53)]
    variant_id: Annotated[int, Field(ge=1, le=2**53)] | None = None
    email: Annotated[str, Field(max_length=254, pattern=ADDRESS)]
    quantity: Annotated[int, Field(ge=1, le=10_000)] = 1
    locale: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    website: str = ""

    @property
    def item(self) -> ItemId:
        variant = VariantId(self.variant_id) if self.variant_id else None
        return item_id(ProductId(self.product_id), variant)


@storefront.url_value_preprocessor
def find_store(_endpoint: str | None, values: dict[str, str] | None) -> None:
    g.store = (values or {}).pop("store", "")


@storefront.before_request
def known_store() -> None:
    g.tenant = plugin().directory.find(TenantId(g.store))
    if g.tenant is None or not g.tenant.is_live:
        raise NotFound("store", g.store)


@storefront.after_request
def open_to_all(response: Response) -> Response:
    """Any origin may ask and send JSON; no credentials ever travel."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = ONE_DAY
    return response


@storefront.post("/waitlist")
def ask_to_be_told() -> Response:
    """Always the same answer, whoever is on the list already and whoever fell into the honeypot."""
    limit("waitlist", f"{g.store}:{sender_address()}", SIGN_UPS)
    wanted = json_or_form(SignUp)
    if not wanted.website:
        locale = wanted.locale or tenant().profile.language
        plugin().waitlist.ask(tenant_id(), wanted.item, wanted.email, locale=locale, quantity=wanted.quantity)
    return look_at_your_mail(wanted.locale)


@storefront.get("/offers.json")
def offers() -> Response:
    """What the next buyer of each item is told; null for an item we know nothing of."""
    limit("offers", sender_address(), LOOKS)
    wanted, locale = asked_items(), request.args.get("locale", "") or tenant().profile.language
    found = plugin().queries.offers(tenant_id(), wanted)
    response = jsonify(offers={item: told(found.get(item), locale) for item in wanted})
    response.headers["Cache-Control"] = CACHING
    response.add_etag()
    response.make_conditional(request)
    return response


def asked_items() -> list[ItemId]:
    texts = [text for text in request.args.get("ids", "").split(",") if text]
    if not texts or len(texts) > MOST_IDS:
        raise bad("ids", len(texts), f"ids names {len(texts)} items; ask for 1 to {MOST_IDS}, separated by commas.")
    for text in texts:
        if not ITEM.fullmatch(text):
            raise bad("ids", text, f"ids has {text[:40]!r}; an item is 77, or 77:105 for one of its variants.")
    return [ItemId(text) for text in sorted(set(texts))]


def told(offer: Offer | None, locale: str) -> dict[str, Any] | None:
    if offer is None:
        return None
    window = offer.next_part.window if offer.next_part else None
    return {
        "availability": offer.availability.value,
        "label": offer.label.value,
        "text": plugin().wording.offer(offer, locale),
        "earliest": window.earliest.isoformat() if window else None,
        "latest": window.latest.isoformat() if window else None,
    }


def look_at_your_mail(locale: str) -> Response:
    if wants_json():
        return make_response(jsonify(status="asked"), HTTPStatus.ACCEPTED)
    return shopper_page("asked", tenant(), HTTPStatus.ACCEPTED, locale=locale)
