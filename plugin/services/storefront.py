"""What the shop's pages ask: the offers of some products and the words to tell them in, as JSON that is ready to send.

Each product's part is made once, by a job when its plan changes and else when it is first asked for, and kept in two
places: this process's memory, and the shelf all processes share. Whichever of shelf and database is away, the last good
state answers. docs/adr has the decision; the script in web/static/storefront reads the answer.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.ids import ItemId, ProductId, TenantId, variant_of
from plugin.domain.item import Product
from plugin.domain.plan import Offer
from plugin.domain.saying import said
from plugin.domain.stock import UNLIMITED_UNITS
from plugin.domain.store import StorefrontSettings, Tenant
from plugin.services.errors import GiveUp, NotFound, RetryLater
from plugin.services.ports.directory import Directory
from plugin.services.ports.messages import Wording
from plugin.services.ports.system import Clock

FRESH_HERE = timedelta(seconds=2)
"""How long a process answers from memory without asking anybody: a promise that moved is seen after it."""
FRESH_ON_SHELF = timedelta(seconds=60)
"""How long the shelf is believed: a lost job costs a minute."""
ASK_AGAIN_AFTER = timedelta(seconds=5)
"""A database that did not answer is left alone this long; nobody waits for it on each request."""
MOST_REMEMBERED = 20_000
NOTHING = "null"
PATH = "/path/"
ENGLISH = "en"
DAYS = re.compile(r'"earliest":"([0-9-]{10})","latest":"([0-9-]{10})"')
"""A merchant's own words cannot look like this: their quotes are escaped."""
UNQUOTED = "/%!$&'()*+,;=:@~"
"""What a path may hold as it is (RFC 3986)."""
SOLD_OUT = "sold_out"
"""An item nobody may order past zero, and there is none on hand. Whether it can be bought is the theme's to say."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of an answer, and when it was made."""

    text: str
    made_at: datetime


class Shelf(Protocol):
    """Parts that all processes share. It may forget and it may be away; it never raises."""

    def get(self, keys: Sequence[str]) -> dict[str, Kept]: ...
    def put(self, parts: Mapping[str, Kept]) -> None: ...


@dataclass(frozen=True, slots=True)
class ProductPage:
    """What a product's page is made of: its items' offers, and the availability texts the shop shows or will show."""

    product: Product
    offers: Mapping[ItemId, Offer]
    texts: tuple[str, ...]


class PageQueries(Protocol):
    def product_pages(self, tenant: TenantId, products: Collection[ProductId]) -> dict[ProductId, ProductPage]: ...
    def products_at(self, tenant: TenantId, paths: Collection[str]) -> dict[str, ProductId]:
        """Whose pages stand at these paths of the shop; others are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    is_whole: bool
    """False: something was asked for that nobody could look up now."""
    products: Collection[ProductId] = ()


@dataclass(slots=True)
class Memory:
    """The parts this process knows, the least used forgotten first."""

    parts: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    seen_at: dict[str, datetime] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    dates: dict[tuple[str, str, str, date], str] = field(default_factory=dict)
    away_until: datetime | None = None

    def get(self, keys: Iterable[str], *, seen_after: datetime | None = None) -> dict[str, Kept]:
        with self.lock:
            return {
                key: self.parts[key]
                for key in keys
                if key in self.parts and (seen_after is None or self.seen_at[key] > seen_after)
            }

    def put(self, parts: Mapping[str, Kept], *, at: datetime) -> None:
        with self.lock:
            for key, part in parts.items():
                self.parts[key], self.seen_at[key] = part, at
                self.parts.move_to_end(key)
            while len(self.parts) > MOST_REMEMBERED:
                self.seen_at.pop(self.parts.popitem(last=False)[0])


@dataclass(frozen=True, slots=True)
class Storefront:
    directory: Directory
    queries: PageQueries
    shelf: Shelf
    wording: Wording
    clock: Clock
    memory: Memory = field(default_factory=Memory)

    def answer(
        self, tenant_id: TenantId, products: Sequence[ProductId], *, language: str, paths: Sequence[str] = ()
    ) -> Answer:
        """All parts in one body, by number and by the paths of product pages that were asked for instead.

        Raises NotFound for a store that has no storefront of ours, RetryLater if nothing is known.
        """
        store = f"{tenant_id}/store/{language}"
        named: dict[str, ProductId | None] = {str(product): product for product in products}
        named |= self._products_at(tenant_id, paths) if paths else {}
        asked = sorted({product for product in named.values() if product})
        keys = {product: product_key(tenant_id, product) for product in asked}
        parts = self._parts(tenant_id, [store, *keys.values()])
        if store not in parts:
            raise RetryLater(said("Nothing is known of this store yet, and the database is away."))
        if parts[store].text == NOTHING:
            raise NotFound("store", tenant_id)
        known = {product: parts[key].text for product, key in keys.items() if key in parts}
        told = {name: known.get(each) if each else NOTHING for name, each in named.items()}
        offers = ",".join(f"{_json(name)}:{text}" for name, text in told.items() if text)
        spoken = parts[store].text.split('"', 4)[3]  # a store's part begins with its language
        days = dict.fromkeys(each for text in known.values() for each in days_in(text))
        dates = _json({"/".join(each): self._dates(each, spoken) for each in days})
        body = f'{{"store":{parts[store].text},"dates":{dates},"offers":{{{offers}}}}}'
        return Answer(body.encode(), len(known) == len(keys) and len(named) == len(products) + len(paths), asked)

    def _products_at(self, tenant_id: TenantId, paths: Sequence[str]) -> dict[str, ProductId | None]:
        """Whose pages these are, None for nobody's; a path that nobody could look up now is left out."""
        keys = {path: f"{tenant_id}{PATH}{path}" for path in paths}
        parts = self._parts(tenant_id, list(keys.values()))
        found = {path: parts[key].text for path, key in keys.items() if key in parts}
        return {path: None if text == NOTHING else ProductId(int(text)) for path, text in found.items()}

    def _dates(self, days: tuple[str, str], language: str) -> str:
        """A window as this language writes it: with the very characters of our mails, and no work for the browser."""
        key = (*days, language, self.clock.now().date())
        if key not in self.memory.dates:
            if len(self.memory.dates) >= MOST_REMEMBERED:
                self.memory.dates.clear()
            earliest, latest = map(date.fromisoformat, days)
            self.memory.dates[key] = self.wording.page_window(DateWindow(earliest, latest), language)
        return self.memory.dates[key]

    def renew(self, tenant_id: TenantId, products: Collection[ProductId]) -> None:
        """Put what is true now on the shelf, for all processes."""
        self.shelf.put(self._built_products(tenant_id, products))

    def _parts(self, tenant_id: TenantId, keys: Sequence[str]) -> dict[str, Kept]:
        """From memory if seen just now, else from the shelf if made lately, else anew; stale ones where nothing is to be had."""
        now = self.clock.now()
        found = self.memory.get(keys, seen_after=now - FRESH_HERE)
        if len(found) == len(keys):
            return found
        shelved = self.shelf.get([key for key in keys if key not in found])
        fresh = {key: part for key, part in shelved.items() if part.made_at > now - FRESH_ON_SHELF}
        found |= fresh
        missing = [key for key in keys if key not in found]
        built = self._built(tenant_id, missing, now) if missing else {}
        self.memory.put({**fresh, **built}, at=now)
        stale = {**shelved, **self.memory.get(missing)} if len(built) < len(missing) else {}
        return {**stale, **found, **built}

    def _built(self, tenant_id: TenantId, keys: Sequence[str], now: datetime) -> dict[str, Kept]:
        """Made from the database, for others too; nothing while it is away. Nobody's paths are any number: not for others."""
        if self.memory.away_until and now < self.memory.away_until:
            return {}
        try:
            built = self._made(tenant_id, keys, now)
        except (RetryLater, GiveUp):
            self.memory.away_until = now + ASK_AGAIN_AFTER
            return {}
        self.shelf.put({key: part for key, part in built.items() if part.text != NOTHING or PATH not in key})
        return built

    def _made(self, tenant_id: TenantId, keys: Sequence[str], now: datetime) -> dict[str, Kept]:
        names = {key: key.split("/", 2)[1:] for key in keys}
        products = {key: ProductId(int(name[1])) for key, name in names.items() if name[0] == "product"}
        made = self._built_products(tenant_id, set(products.values())) if products else {}
        made |= self._built_paths(tenant_id, {key: name[1] for key, name in names.items() if name[0] == "path"}, now)
        for key, name in names.items():
            if name[0] == "store":
                made[key] = Kept(store_part(self.directory.find(tenant_id), name[1], self.wording), now)
        return made

    def _built_products(self, tenant_id: TenantId, products: Collection[ProductId]) -> dict[str, Kept]:
        now = self.clock.now()
        pages = self.queries.product_pages(tenant_id, products)
        return {product_key(tenant_id, each): Kept(product_part(pages.get(each)), now) for each in products}

    def _built_paths(self, tenant_id: TenantId, paths: Mapping[str, str], now: datetime) -> dict[str, Kept]:
        tenant = self.directory.find(tenant_id) if paths else None
        start = urlsplit(tenant.profile.storefront_url).path.rstrip("/") if tenant else ""
        names = {key: names_of(path.removeprefix(start)) for key, path in paths.items()}
        found = (
            self.queries.products_at(tenant_id, {each for both in names.values() for each in both}) if tenant else {}
        )
        return {
            key: Kept(str(next((found[each] for each in both if each in found), NOTHING)), now)
            for key, both in names.items()
        }


def names_of(path: str) -> tuple[str, str]:
    """How a catalog may write a path: in letters, or each that is not ASCII as %xx."""
    return path, quote(path, safe=UNQUOTED)


@lru_cache(maxsize=MOST_REMEMBERED)
def days_in(part: str) -> tuple[tuple[str, str], ...]:
    """The windows a product's part names."""
    return tuple(dict.fromkeys(DAYS.findall(part)))


def product_key(tenant: TenantId, product: ProductId) -> str:
    return f"{tenant}/product/{product}"


def store_part(tenant: Tenant | None, language: str, wording: Wording) -> str:
    """The words in a language, and what the merchant decided; nothing for a store without our storefront."""
    if tenant is None or not tenant.is_live or not tenant.settings.storefront.enabled:
        return NOTHING
    settings = tenant.settings.storefront
    spoken = spoken_language(tenant, language, wording)
    return _json(
        {
            "language": spoken,
            "waitlist": settings.waitlist.value,
            "sending": settings.offers_sending,
            "ships": tenant.settings.allocation.sending.value,
            "structured_data": settings.structured_data,
            "place": settings.place,
            "words": words_of(settings, spoken, wording),
        }
    )


def spoken_language(tenant: Tenant, language: str, wording: Wording) -> str:
    """The page's language where we or the merchant have words for it, else English; as the store's country writes it."""
    words = tenant.settings.storefront.words
    is_own = language in words or language.partition("-")[0] in words
    return tenant.profile.written(language if is_own or wording.speaks(language) else ENGLISH)


def words_of(settings: StorefrontSettings, language: str, wording: Wording) -> dict[str, str | Sequence[str]]:
    """All words of the script: ours, and the merchant's own instead."""
    own = {**settings.words.get(language.partition("-")[0], {}), **settings.words.get(language, {})}
    return {**wording.page_words(language), **own}


def product_part(page: ProductPage | None) -> str:
    """The items there is something to say about; null where there is none."""
    if page is None or not page.product.is_tracked:
        return NOTHING
    items = [
        item_part(page.product, item, page.offers[item])
        for item in page.product.items
        if item in page.offers and says_something(page.offers[item])
    ]
    return _json({"texts": list(page.texts), "items": items}) if items else NOTHING


def says_something(offer: Offer) -> bool:
    """Plain items with units on hand are the shop's own business; without, somebody may want to be told."""
    return offer.availability is not Availability.PLAIN or not offer.on_hand


def item_part(product: Product, item: ItemId, offer: Offer) -> dict[str, Any]:
    """Documented in docs/storefront.md; fields are only ever added."""
    is_plain = offer.availability is Availability.PLAIN
    return {
        "variant_id": variant_of(item),
        "sku": product.sku_of(item),
        "options": product.label_of(item),
        "state": SOLD_OUT if is_plain else offer.availability.value,
        "label": offer.label.value,
        "on_hand": offer.on_hand,
        "available_for_backorder": offer.available_for_backorder,
        "message": offer.message,
        "later": [
            {"units": None if part.units >= UNLIMITED_UNITS else part.units, **_days(part.window)}
            for part in offer.later
        ],
    }


def _days(window: DateWindow | None) -> dict[str, str | None]:
    return {
        "earliest": window.earliest.isoformat() if window else None,
        "latest": window.latest.isoformat() if window else None,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
