"""The chapter of the late supplier: twelve are told by the law of where they live; one cancels, one agrees, one is silent.

Everything is looked at from outside: the shop's own orders and refunds, mails, the pages behind their links, our REST API.
"""

import re
from collections.abc import Collection, Generator, Iterator
from datetime import date, timedelta

from plugin.demo.outside import Outside, Unexpected

BLANKET, SKU = 137, "BLANKET-WOOL"
SHOPPERS = {
    "Ann": ("US", "en"),
    "Bob": ("US", "en"),
    "Sid": ("US", "en"),
    "Dora": ("DE", "de"),
    "Emil": ("DE", "de"),
    "Finn": ("AT", "de"),
    "Guy": ("FR", "fr"),
    "Hana": ("FR", "fr"),
    "Iker": ("ES", "es"),
    "Joan": ("ES", "es"),
    "Kate": ("GB", "en"),
    "Liam": ("GB", "en"),
}
CANCELS, AGREES, SILENT = "Ann", "Bob", "Sid"
UNITED_STATES = (CANCELS, AGREES, SILENT)
EUROPE = tuple(name for name in SHOPPERS if name not in UNITED_STATES)
LIMIT, UNITS = 20, 12
DUE_IN, LATE_IN = 10, 60
"""Days until the supplier wants to deliver: at first, and after the phone call."""
LOOK_BACK_IN, DEADLINE_IN = 40, 10
"""Days to the reminder, and from there until silence has had its effect: 30 after the promised one."""
DAY = 24 * 3600


def be_late(out: Outside) -> Iterator[tuple[str, bool]]:
    """Yield each fact of the chapter."""
    orders, shipment = yield from _twelve_buy(out)
    yield from _all_are_told(out, shipment)
    yield from _one_cancels(out, orders)
    yield from _one_agrees(out, orders)
    yield from _one_is_silent(out, orders)
    yield from _goods_come(out, orders, shipment)


def _twelve_buy(out: Outside) -> Generator[tuple[str, bool], None, tuple[dict[str, int], int]]:
    out.command("delays", "cancel", "by-itself")
    rules = {"enabled": True, "backorder_limit": LIMIT, "lead_time_days": {"shortest": 60, "longest": 60}}
    out.app("PUT", f"/policies/product:{BLANKET}", rules)
    order = {
        "supplier": "Fjord Textiles",
        "reference": "PO-204",
        "eta": _in_days(out, DUE_IN),
        "eta_source": "supplier confirmed",
        "lines": [{"sku": SKU, "quantity": UNITS}],
    }
    shipment = int(out.app("POST", "/shipments", order)["id"])
    out.eventually(lambda: _free(out) == LIMIT)
    orders = {
        name: out.buy(1, name, country=country, locale=locale, product=BLANKET) or 0
        for name, (country, locale) in SHOPPERS.items()
    }
    told = out.eventually(lambda: all(out.kinds(name) == ["confirmed"] for name in SHOPPERS))
    yield "Twelve shoppers of six countries buy what is on its way, and each is told the day", told
    return orders, shipment


def _all_are_told(out: Outside, shipment: int) -> Iterator[tuple[str, bool]]:
    news = {"eta": _in_days(out, LATE_IN), "source": "supplier called"}
    out.app("PATCH", f"/shipments/{shipment}", news)
    yield (
        "The supplier is fifty days late: all twelve are told, each once and by the law of where they live",
        out.eventually(
            lambda: (
                all(out.kinds(name) == ["confirmed", "delay_first_long"] for name in UNITED_STATES)
                and all(out.kinds(name) == ["confirmed", "delay"] for name in EUROPE)
            )
        ),
    )
    texts = {name: out.mail(out.mails(name)[-1]["id"])["plain"] for name in SHOPPERS}
    silence = [name for name, text in texts.items() if "cancelled automatically" in text]
    yield (
        "Silence cancels in the United States, and the mail says until when; nowhere else",
        silence == [*UNITED_STATES],
    )
    own_words = {"de": "Lieferant", "fr": "fournisseur", "es": "proveedor"}
    spoken = all(own_words[SHOPPERS[name][1]] in texts[name] for name in EUROPE if SHOPPERS[name][1] in own_words)
    yield "The reason stands in each mail, in its reader's language", spoken


def _one_cancels(out: Outside, orders: dict[str, int]) -> Iterator[tuple[str, bool]]:
    free, link = _free(out), _link(out, CANCELS)
    for _ in range(2):
        out.words(link)
    yield "A mail scanner that follows the link changes nothing", not out.order(orders[CANCELS])["refunds"]
    page = out.words(f"{link}/cancel", post={})
    yield "Ann cancels on her order's page, without a login", "It is cancelled." in page
    refunded = out.eventually(lambda: bool(out.order(orders[CANCELS])["refunds"]))
    yield "… gets all her money back through the shop's own refunds", refunded and _is_whole(out, orders[CANCELS])
    yield "… and a mail each about both", out.eventually(lambda: out.kinds(CANCELS)[2:] == ["cancelled", "refunded"])
    yield "Her blanket can be sold to the next one", out.eventually(lambda: _free(out) == free + 1)


def _one_agrees(out: Outside, orders: dict[str, int]) -> Iterator[tuple[str, bool]]:
    link = _link(out, AGREES)
    out.words(f"{link}/keep", post={})
    yield "Bob agrees to wait, and his page keeps the answer", "You agreed to wait." in out.words(link)
    answers = out.app("GET", f"/orders/{orders[AGREES]}/proof.json")["record"]["answers"]
    yield "So does the proof, with its time", [answer["answer"] for answer in answers] == ["keep"]


def _one_is_silent(out: Outside, orders: dict[str, int]) -> Iterator[tuple[str, bool]]:
    _days_pass(out, LOOK_BACK_IN)
    reminded = out.eventually(lambda: out.kinds(SILENT)[-1] == "reminder")
    out.quiet()
    others = [name for name in SHOPPERS if "reminder" in out.kinds(name)]
    yield "Sid is silent: a week before the deadline he is reminded, and nobody else", reminded and others == [SILENT]
    yield "Until then nothing is cancelled", _refunded(out, orders) == [CANCELS]
    _days_pass(out, DEADLINE_IN)
    out.eventually(lambda: SILENT in _refunded(out, orders))
    out.quiet()
    yield (
        "Past the deadline he gets his money back by itself; all others keep their place",
        (_refunded(out, orders) == [CANCELS, SILENT] and _is_whole(out, orders[SILENT])),
    )
    told = out.eventually(lambda: out.kinds(SILENT)[-2:] == ["cancelled", "refunded"])
    yield "… and is told both", told
    proof = out.app("GET", f"/orders/{orders[SILENT]}/proof.json")["record"]
    told_of = [(row["cause"], row["state"]) for row in proof["cancellations"]]
    sent = {mail["result"] for mail in proof["mails"]}
    yield (
        "The proof has it all: told, reminded, cancelled, paid back",
        (told_of, sent)
        == (
            [("silence", "refunded")],
            {"sent"},
        ),
    )


def _goods_come(out: Outside, orders: dict[str, int], shipment: int) -> Iterator[tuple[str, bool]]:
    out.app("POST", f"/shipments/{shipment}/receive", {})
    waiting = [name for name in SHOPPERS if name not in {CANCELS, SILENT}]
    ready = out.eventually(lambda: all(out.kinds(name)[-1] == "arrived" for name in waiting))
    out.quiet()
    gone = [out.kinds(name)[-1] for name in (CANCELS, SILENT)]
    yield (
        "The goods come: the ten who wait are told, the two who left are not",
        (ready, gone)
        == (
            True,
            ["refunded", "refunded"],
        ),
    )
    out.shop("POST", f"/orders/{orders[AGREES]}/ship", {})
    sorry = out.eventually(lambda: out.kinds(AGREES)[-1] == "shipped_late")
    yield "Bob's blanket leaves late, with an apology", sorry


def _in_days(out: Outside, days: int) -> dict[str, str]:
    day = date.fromisoformat(out.world("GET", "/clock")["now"][:10]) + timedelta(days=days)
    return {"earliest": day.isoformat(), "latest": day.isoformat()}


def _days_pass(out: Outside, days: int) -> None:
    out.world("POST", "/clock", {"seconds": days * DAY})


def _free(out: Outside) -> int:
    return int(out.product(BLANKET)["stock"][0]["available_to_sell"])


def _link(out: Outside, name: str) -> str:
    """The page of the order, as the newest mail names it."""
    text = out.mail(out.mails(name)[-1]["id"])["plain"]
    found = re.search(rf"{re.escape(out.town.app_url)}/s/order/\S+", text)
    if found is None:
        raise Unexpected(f"The mail to {name} has no link to the order: {text[:300]}")
    return found[0]


def _refunded(out: Outside, orders: dict[str, int]) -> Collection[str]:
    return [name for name, number in orders.items() if out.order(number)["refunds"]]


def _is_whole(out: Outside, number: int) -> bool:
    """One refund of everything that was paid."""
    order = out.order(number)
    return [refund["total"] for refund in order["refunds"]] == [order["total"]]
