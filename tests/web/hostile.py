"""Every route there is, with a request for each, in a store whose every word is hostile; and the rows a store owns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select

from plugin.adapters.db.tables import metadata
from plugin.domain.ids import ItemId, OrderId, ShipmentId, TenantId
from plugin.domain.policy import LeadTime
from plugin.domain.store import WaitlistPlace
from plugin.services.news import News
from tests.builders import a_level, a_policy, a_shipment
from tests.web.stage import ADA, NOW, Web, a_mug, change_profile, order_of
from tests.web.test_tenants import VALUES

MARKUP = '<img src=x onerror=alert(1)>"'
FORMULA = "=1+1"
ITEM = ItemId("77:105")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the endpoint it is for, its method and its address."""

    endpoint: str
    method: str
    path: str

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}


def every_request(web: Web, store: TenantId = ADA) -> Iterator[Asked]:
    """Signed links are those of this store's own order, shipment and entry of the waitlist."""
    for rule in web.app.url_map.iter_rules():
        path = rule.rule
        name = {"name": "confirmed"} if "/messages/" in path else {}
        values = {
            **VALUES,
            **name,
            "store": str(store),
            "order": "101",
            "item": ITEM,
            "token": token_for(web, path, store),
        }
        for name in rule.arguments:
            for kind in ("", "store:", "id:", "path:", "int:"):
                path = path.replace(f"<{kind}{name}>", values.get(name, "1"))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Asked(rule.endpoint, method, path)


def token_for(web: Web, rule: str, store: TenantId) -> str:
    links = web.plugin.links
    whole = {
        "/s/order/": links.order_page(store, OrderId(101)),
        "/s/shipment/": links.shipment_page(store, ShipmentId(1)),
        "/s/waitlist/confirm/": links.confirm_waitlist(store, 1),
        "/s/waitlist/leave/": links.leave_waitlist(store, 1),
    }
    found = next((link for start, link in whole.items() if rule.startswith(start)), "")
    return found.rpartition("/")[2]


def rows_of(web: Web, store: TenantId) -> dict[str, list[object]]:
    """All there is of a store, table by table."""
    with web.plugin.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table).where(table.c.tenant_id == store))))
            for table in metadata.sorted_tables
            if "tenant_id" in table.c
        }


def fill_with(web: Web, words: str) -> None:
    """Ada's store, busy: whatever others may name is named like this."""
    change_profile(web.plugin, ADA, name=words)
    mug = a_mug()
    variants = tuple(replace(variant, sku=words, label=words) for variant in mug.variants)
    order = order_of(101, ITEM, 3)
    lines = tuple(replace(line, name=words, sku=words) for line in order.lines)
    order = replace(order, lines=lines, shopper=replace(order.shopper, name=words), payment_method=words)
    shipment = a_shipment(reference=words[:60], eta=("2026-03-16", "2026-03-20"), item=ITEM, quantity=1)
    with web.plugin.units(ADA) as work:
        tenant = work.tenant()
        storefront = replace(tenant.settings.storefront, feed=True, waitlist=WaitlistPlace.ALWAYS)
        settings = replace(tenant.settings, storefront=storefront)
        work.save_tenant(replace(tenant, has_native_backorders=True, settings=settings))
        work.items.save_products([replace(mug, name=words, sku=words, variants=variants)])
        work.policies.save(a_policy(scope="store", limit=8, lead_time=LeadTime(5, 10), message=words))
        work.shipments.add(replace(shipment, supplier=words))
        work.waitlist.add(ITEM, "ada.lovelace@example.com", locale="en", quantity=1, at=NOW)
        level = a_level(item=ITEM, backordered=3)
        news = News(orders=(order,), levels=(level,), replan=frozenset({ITEM}))
        web.plugin.inbox.intake.take_over(work, news)
        work.commit()
