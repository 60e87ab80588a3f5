"""The story `./run demo --auto` plays. Each chapter acts as merchant, shopper or supplier, then looks from outside.

install → sell past zero → the limit → noise → a shipment → Redis flushed → waitlist → arrival → a late supplier → leave
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from plugin.demo.late_supplier import be_late
from plugin.demo.outside import MUG, Outside
from plugin.demo.town import STORE

LIMIT = 3
LEFT_OVER = 5
"""1 on hand + 10 that arrive - 6 sold."""


@dataclass(frozen=True, slots=True)
class Fact:
    chapter: str
    sentence: str
    holds: bool


Chapter = Callable[["Story"], Iterator[tuple[str, bool]]]


class Story:
    """What has happened so far; chapters add to it."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.before = outside.product()
        self.orders: dict[str, int] = {}
        self.shipment = 0

    def play(self) -> Iterator[Fact]:
        """Yield each fact as it is checked; a chapter that breaks off is a fact that does not hold."""
        for chapter in CHAPTERS:
            name = chapter.__name__.replace("_", " ")
            try:
                for sentence, holds in chapter(self):
                    yield Fact(name, sentence, holds)
            except Exception as trouble:  # noqa: BLE001 — whatever it is, the report has to say so
                yield Fact(name, f"{type(trouble).__name__}: {trouble}", holds=False)
                return

    def free(self) -> int:
        """What a shopper can still buy, by the shop's own count."""
        return int(self.outside.product()["stock"][0]["available_to_sell"])

    def mails_with(self, name: str, words: str) -> int:
        return len([mail for mail in self.outside.mails(name) if words.lower() in mail["subject"].lower()])


def install(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    page = out.call("GET", out.shop("POST", "/install-url", {})["url"])
    yield "The install page is ours and not blank", "Backorder" in page
    yield "The store's webhooks are registered", out.eventually(lambda: len(out.shop("GET", "")["hooks"]) > 10)
    yield "The install finishes", out.eventually(lambda: '"state": "connected"' in out.command("tenants", "--json"))
    out.api_key = out.command("apikey", "create", "demo").splitlines()[-1].strip()
    yield "An API key opens the REST API", "policies" in out.app("GET", "/policies")


def sell_past_zero(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    rules = {"enabled": True, "backorder_limit": LIMIT, "lead_time_days": {"shortest": 5, "longest": 10}}
    out.app("PUT", f"/policies/product:{MUG}", rules)
    yield f"1 on hand and limit {LIMIT}: the shop sells {1 + LIMIT}", out.eventually(lambda: story.free() == 1 + LIMIT)
    story.orders["Jan"] = out.buy(2, "Jan", country="DE", locale="de") or 0
    yield "A shopper buys 2 where 1 is on hand", story.orders["Jan"] > 0
    yield "The product page names a ship date", out.eventually(lambda: "Ships" in out.page())
    yield "Staff see the dates on the order", out.eventually(lambda: "[Backorder]" in _notes(story, "Jan"))
    yield "Machines see them in a metafield", out.eventually(lambda: bool(out.order(story.orders["Jan"])["metafields"]))
    yield "The shopper is told in German, once", out.eventually(lambda: len(out.mails("Jan")) == 1) and _german(story)


def reach_the_limit(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    for name in ("Bea", "Cem"):
        story.orders[name] = out.buy(1, name) or 0
    yield "Others buy until the limit", all(story.orders.values())
    yield "The next one is refused by the shop itself", out.buy(1, "Dan") is None
    closed = out.eventually(lambda: out.product()["availability_description"] == _original(story))
    yield "The item is closed: its page promises nothing", closed and story.free() == 0
    yield (
        "Bea and Cem are told their dates",
        out.eventually(lambda: all(len(out.mails(n)) == 1 for n in ("Bea", "Cem"))),
    )
    yield "The merchant hears of the limit", out.eventually(lambda: _merchant_was_told(story, "limit"))


def survive_noise(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    out.quiet()
    before = (out.product(), _all_mails(story))
    out.world("POST", "/webhooks/hold")
    out.world("POST", "/webhooks/redeliver", {"newest": 60})
    out.world("POST", "/webhooks/release", {"order": "shuffled", "copies": 1})
    out.quiet()
    yield "A shuffled burst of 120 duplicate webhooks changes nothing", (out.product(), _all_mails(story)) == before


def announce_a_shipment(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    arrives = date.fromisoformat(out.world("GET", "/clock")["now"][:10]) + timedelta(days=30)
    window = {"earliest": arrives.isoformat(), "latest": (arrives + timedelta(days=2)).isoformat()}
    shipment = {
        "supplier": "Kiln & Clay",
        "reference": "PO-118",
        "eta": window,
        "eta_source": "supplier confirmed",
        "lines": [{"sku": "MUG-RED", "quantity": 10}],
    }
    note = _notes(story, "Bea")
    story.shipment = out.app("POST", "/shipments", shipment)["id"]
    yield "The dates on waiting orders move", out.eventually(lambda: _notes(story, "Bea") != note)
    yield "Announcing it twice changes nothing", out.app("POST", "/shipments", shipment)["id"] == story.shipment
    rules = {"enabled": True, "backorder_limit": LIMIT + 2, "lead_time_days": {"shortest": 5, "longest": 10}}
    out.app("PUT", f"/policies/product:{MUG}", rules)
    yield "A higher limit opens the item again", out.eventually(lambda: story.free() == 2)
    yield "The page names the day the shipment allows", out.eventually(lambda: "Ships" in out.page())


def flush_redis(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    out.world("POST", "/webhooks/hold")
    story.orders["Eva"] = out.buy(1, "Eva", country="FR", locale="fr") or 0
    out.flush_queue_server()
    out.world("POST", "/webhooks/release", {})
    out.flush_queue_server()
    yield (
        "Redis is emptied while an order comes in: nothing is lost",
        out.eventually(lambda: len(out.mails("Eva")) == 1 and "[Backorder]" in _notes(story, "Eva")),
    )


def ask_to_be_told(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    story.orders["Fay"] = out.buy(1, "Fay") or 0
    yield "The limit is reached again", out.eventually(lambda: story.free() == 0) and story.orders["Fay"] > 0
    wish = {"product_id": MUG, "email": out.address("Gil"), "quantity": 1, "locale": "es"}
    out.call("POST", f"{out.town.app_url}/store/{STORE}/waitlist", wish)
    yield "Somebody asks to be told, and is asked to confirm", out.eventually(lambda: len(out.mails("Gil")) == 1)
    link = re.search(r"http\S+/s/waitlist/confirm/[^\s>\"]+", out.mail(out.mails("Gil")[0]["id"])["plain"])
    yield "The mail carries a link", link is not None
    if link:
        out.call("GET", link[0])
        out.call("POST", link[0])


def receive_goods(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    out.quiet()
    out.app("POST", f"/shipments/{story.shipment}/receive", {"lines": [{"item": str(MUG), "quantity": 2}]})
    first = out.eventually(lambda: [out.told(name, "arrived") for name in ("Jan", "Bea", "Cem")] == [1, 1, 0])
    yield "2 units come: they go to the first two who paid, and to nobody else", first
    out.app("POST", f"/shipments/{story.shipment}/receive", {})
    others = out.eventually(lambda: all(out.told(name, "arrived") == 1 for name in story.orders))
    yield "8 more come: everybody who waited is told that theirs is there", others
    yield f"{LEFT_OVER} units are left on hand", out.eventually(lambda: _on_hand(story) == LEFT_OVER)
    yield "The waitlist is told, in Spanish", out.eventually(lambda: len(out.mails("Gil")) == 2)
    unsubscribe = dict(out.mail(out.mails("Gil")[-1]["id"])["headers"]).get("List-Unsubscribe-Post", "")
    yield "… with an unsubscribe in one click", unsubscribe == "List-Unsubscribe=One-Click"


def the_supplier_is_late(story: Story) -> Iterator[tuple[str, bool]]:
    yield from be_late(story.outside)


def leave(story: Story) -> Iterator[tuple[str, bool]]:
    out = story.outside
    out.quiet()
    out.command("leave", "--yes")
    yield (
        "The shop's own text is back",
        out.eventually(lambda: out.product()["availability_description"] == _original(story)),
    )
    yield "The level is what lies on the shelf", out.eventually(lambda: story.free() == _on_hand(story) == LEFT_OVER)
    yield "No metafield of ours is left", out.eventually(lambda: not out.shop("GET", "/metafields")["metafields"])
    yield "No order carries our notes", out.eventually(lambda: not any(_notes(story, name) for name in story.orders))
    yield "Our webhooks are gone", out.eventually(lambda: not out.shop("GET", "")["hooks"])
    mails = _all_mails(story)
    out.shop("POST", "/uninstall", {})
    out.quiet()
    yield "The uninstall leaves nothing to be told", _all_mails(story) == mails


CHAPTERS: tuple[Chapter, ...] = (
    install,
    sell_past_zero,
    reach_the_limit,
    survive_noise,
    announce_a_shipment,
    flush_redis,
    ask_to_be_told,
    receive_goods,
    the_supplier_is_late,
    leave,
)


def _notes(story: Story, name: str) -> str:
    return str(story.outside.order(story.orders[name])["staff_notes"])


def _german(story: Story) -> bool:
    mail = story.outside.mail(story.outside.mails("Jan")[0]["id"])
    return "Bestellung" in mail["plain"] and "1 " in mail["subject"]


def _original(story: Story) -> str:
    return str(story.before["availability_description"])


def _on_hand(story: Story) -> int:
    """Units on the shelf and not sold, whichever way the store sells past zero."""
    stock = story.outside.product()["stock"][0]
    limit = 0 if story.outside.shop("GET", "")["native_backorders"] else LIMIT + 2
    is_left = not story.outside.shop("GET", "")["hooks"]
    return int(stock["on_hand"]) - (0 if is_left else limit)


def _all_mails(story: Story) -> int:
    return int(story.outside.world("GET", "/mails?limit=1")["total"])


def _merchant_was_told(story: Story, words: str) -> bool:
    found = story.outside.world("GET", "/mails?to=owner@harborandpine.example&limit=50")["mails"]
    return any(words in mail["subject"] for mail in found)
