"""Public addresses the shop's pages call: offers in one cacheable answer, a cart's choice and dates, and the waitlist.

No cookie, no session, any origin. What is shown comes from services/storefront.py, which answers from its last good state
when the database is away, so the store is looked up only where something is written.
"""

import gzip
import re
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, cast

from flask import Blueprint, Response, current_app, g, jsonify, make_response, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, ConfigDict, Field

from plugin.domain.ids import ItemId, ProductId, TenantId, VariantId, item_id
from plugin.domain.order import Sending
from plugin.domain.promise import PromisePart
from plugin.services.carts import CartLine
from plugin.services.errors import NotFound
from plugin.services.feed import columns
from plugin.services.purging import page_key, store_key
from plugin.services.storefront import spoken_language, words_of
from plugin.web.current import plugin, tenant, tenant_id
from plugin.web.errors import TooMany, wants_json
from plugin.web.rate_limit import Counter, MemoryCounter, Rate, limit, sender_address
from plugin.web.reading import bad, json_or_form
from plugin.web.shopper import shopper_page

SIGN_UPS = Rate(times=10, per_seconds=600)
CHOICES = Rate(times=30, per_seconds=60)
LOOKS = Rate(times=300, per_seconds=60)
MOST_IDS = 50
QUICKEST_PERSON = 2
"""Seconds from opening the form to sending it; what is quicker is a machine."""
ADDRESS = r"^[^\s@<>,;:\"()\\\[\]]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}$"
PRODUCT = re.compile(r"[1-9][0-9]{0,14}")
PATH = re.compile(r"/[^\x00-\x20\x7f\\?#]{1,255}")
DIGESTED = re.compile(r"[a-z]+\.[0-9A-Za-z]{8,16}")
LOCALE = r"^[A-Za-z0-9_-]*$"
CACHING = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
CACHING_PART = "public, max-age=5"
FOR_EVER = "public, max-age=31536000, immutable"
ONE_DAY = "86400"
SCRIPTS = Path(__file__).parent / "static" / "storefront"
LOOKED = "backorder.looked"
READS_ITSELF = frozenset({"storefront.offers", "storefront.script"})
"""Views that answer without asking the database who the store is."""

storefront = Blueprint("storefront", __name__, url_prefix="/store/<store:store>")


class SignUp(BaseModel):
    """What the form says. `website` is the honeypot: people do not see it. `seconds`: how long the form was open."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    product_id: Annotated[int, Field(ge=1, le=2**53)]
    variant_id: Annotated[int, Field(ge=1, le=2**53)] | None = None
    email: Annotated[str, Field(max_length=254, pattern=ADDRESS)]
    quantity: Annotated[int, Field(ge=1, le=10_000)] = 1
    locale: Annotated[str, Field(max_length=35, pattern=LOCALE)] = ""
    website: str = ""
    seconds: Annotated[float, Field(ge=0)] | None = None

    @property
    def item(self) -> ItemId:
        variant = VariantId(self.variant_id) if self.variant_id else None
        return item_id(ProductId(self.product_id), variant)

    @property
    def is_human(self) -> bool:
        return not self.website and (self.seconds is None or self.seconds >= QUICKEST_PERSON)


class Choice(BaseModel):
    """How a mixed cart should be sent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sending: Sending


@storefront.record_once
def count_looks_here(state: BlueprintSetupState) -> None:
    """In this process only: a look costs less than asking Redis would."""
    state.app.extensions[LOOKED] = MemoryCounter()


@storefront.url_value_preprocessor
def find_store(_endpoint: str | None, values: dict[str, str] | None) -> None:
    g.store = (values or {}).pop("store", "")


@storefront.before_request
def known_store() -> None:
    if request.endpoint in READS_ITSELF:
        return
    g.tenant = plugin().directory.find(TenantId(g.store))
    if g.tenant is None or not g.tenant.is_live:
        raise NotFound("store", g.store)


@storefront.after_request
def open_to_all(response: Response) -> Response:
    """Any origin may ask and send; no credentials ever travel."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Timing-Allow-Origin"] = "*"
    response.headers["X-Robots-Tag"] = "noindex"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = ONE_DAY
    return response


@storefront.get("/<path:name>.js")
def script(name: str) -> Response:
    """The file names its content, so it may be kept for ever; old ones stay for pages that name them."""
    if not (DIGESTED.fullmatch(name) and (SCRIPTS / f"{name}.js").is_file()):
        raise NotFound("script", name)
    accepted = tuple(each for each in ("br", "gzip") if request.accept_encodings[each])
    content, packing = script_file(name, accepted)
    response = Response(content, mimetype="text/javascript")
    if packing:
        response.headers["Content-Encoding"] = packing
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@storefront.get("/offers.json")
def offers() -> Response:
    """What the next buyers of these products are told; null for one there is nothing to say about."""
    counter = cast("Counter", current_app.extensions[LOOKED])
    if wait := counter.take(sender_address(), LOOKS):
        raise TooMany(after_seconds=max(1, -(-wait // 1000)))
    store, (products, paths) = TenantId(g.store), asked_products()
    answer = plugin().storefront.answer(store, products, language=page_language(), paths=paths)
    response = Response(answer.body, mimetype="application/json")
    response.headers["Cache-Control"] = CACHING if answer.is_whole else CACHING_PART
    label(response, [store_key(store), *(page_key(store, product) for product in answer.products)])
    response.add_etag()
    response.make_conditional(request)
    return response


def label(response: Response, keys: list[str]) -> None:
    """What a cache in front can forget it by, in the header that it reads."""
    if plugin().settings.purge_style == "cloudflare":
        response.headers["Cache-Tag"] = ",".join(keys)
    else:
        response.headers["Surrogate-Key"] = " ".join(keys)


@storefront.post("/waitlist")
def ask_to_be_told() -> Response:
    """Always the same answer, whoever is on the list already and whoever is no person."""
    limit("waitlist", f"{g.store}:{sender_address()}", SIGN_UPS)
    wanted = json_or_form(SignUp)
    if wanted.is_human:
        plugin().waitlist.ask(tenant_id(), wanted.item, wanted.email, locale=wanted.locale, quantity=wanted.quantity)
    return look_at_your_mail(wanted.locale)


@storefront.get("/carts/<cart>.json")
def cart_choice(cart: str) -> Response:
    limit("cart", sender_address(), CHOICES)
    chosen = plugin().carts.chosen(tenant_id(), cart)
    return jsonify(sending=chosen.value if chosen else None)


@storefront.post("/carts/<cart>.json")
def choose(cart: str) -> Response:
    limit("cart", sender_address(), CHOICES)
    wanted = json_or_form(Choice)
    plugin().carts.choose(tenant_id(), cart, wanted.sending)
    return jsonify(sending=wanted.sending.value)


@storefront.get("/orders/<cart>.json")
def order_dates(cart: str) -> Response:
    """The dates of the order this cart became; whoever knows the cart's id is its shopper."""
    limit("cart", sender_address(), CHOICES)
    order, settings = plugin().carts.order(tenant_id(), cart), tenant().settings.storefront
    if order is None:
        return jsonify(order_id=None, lines=[])
    language = spoken_language(tenant(), page_language(), plugin().wording)
    return jsonify(
        order_id=order.order_id,
        language=language,
        words=words_of(settings, language, plugin().wording),
        lines=[line_dates(line, language) for line in order.lines],
        link=plugin().links.order_page(tenant_id(), order.order_id),
    )


@storefront.get("/feed.csv")
def feed() -> Response:
    """Columns for product feeds, where the merchant wants them."""
    limit("feed", sender_address(), CHOICES)
    if not tenant().settings.storefront.feed:
        raise NotFound("feed", g.store)
    response = Response(columns(plugin().queries, tenant_id()), mimetype="text/csv")
    response.headers["Cache-Control"] = "public, max-age=900"
    return response


@lru_cache(maxsize=64)
def script_file(name: str, accepted: tuple[str, ...]) -> tuple[bytes, str]:
    """As small as the browser takes it, and how it is packed: not every host has something in front that does it."""
    content, packed = (SCRIPTS / f"{name}.js").read_bytes(), SCRIPTS / f"{name}.js.br"
    if "br" in accepted and packed.is_file():
        return packed.read_bytes(), "br"
    if "gzip" in accepted:
        return gzip.compress(content, 9, mtime=0), "gzip"
    return content, ""


def asked_products() -> tuple[list[ProductId], list[str]]:
    """Numbers, and paths of product pages where a theme tells no number."""
    texts = {text for text in request.args.get("ids", "").split(",") if text}
    if not texts or len(texts) > MOST_IDS:
        raise bad("ids", len(texts), f"ids names {len(texts)} products; ask for 1 to {MOST_IDS}, separated by commas.")
    paths = sorted(text for text in texts if PATH.fullmatch(text))
    numbers = texts.difference(paths)
    for text in numbers:
        if not PRODUCT.fullmatch(text):
            raise bad("ids", text, f"ids has {text[:40]!r}; write a product's number, or its page's path (/blue-mug/).")
    return [ProductId(number) for number in sorted(map(int, numbers))], paths


def page_language() -> str:
    return plugin().wording.page_language(request.args.get("lang", ""))


def line_dates(line: CartLine, language: str) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "name": line.name,
        "quantity": line.quantity,
        "ready": line.promise.ready,
        "later": [part_dates(part, language) for part in line.promise.later],
    }


def part_dates(part: PromisePart, language: str) -> dict[str, Any]:
    window = part.window
    return {
        "units": part.units,
        "earliest": window.earliest.isoformat() if window else None,
        "latest": window.latest.isoformat() if window else None,
        "window": plugin().wording.page_window(window, language) if window else None,
    }


def look_at_your_mail(locale: str) -> Response:
    if wants_json():
        return make_response(jsonify(status="asked"), HTTPStatus.ACCEPTED)
    return shopper_page("asked", tenant(), HTTPStatus.ACCEPTED, locale=locale)
