"""Suppliers: how well each keeps its dates, and what the merchant knows of it."""

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import NotFound as NoSuchPage

from plugin.domain.policy import LeadTime
from plugin.domain.supplier import Supplier
from plugin.services.ports.supply import SupplierRow
from plugin.services.spreadsheet import whole_number
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, Said, done, done_words, shows_again
from plugin.web.admin.incoming import tabs_of
from plugin.web.admin.incoming_words import item_words, record_words, slip_words
from plugin.web.admin.lists import page_of, wish
from plugin.web.admin.products_words import lead_words
from plugin.web.admin.speech import gettext, marked, speech
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import bad

DONE: dict[str, Said] = {"saved": marked("Saved. The next announcement without a day uses this lead time.")}
FIELDS = ("name", "lead_shortest", "lead_longest", "country", "weekdays")
LONGEST_NAME = 200


@admin.get("/incoming/suppliers")
def incoming_suppliers() -> Response:
    wanted = wish("incoming_suppliers")
    rows = plugin().shipment_queries.suppliers(tenant_id(), after=wanted.after, limit=wanted.limit)
    return make_response(
        render_template(
            "admin/suppliers/list.html",
            tabs=tabs_of(None),
            page=page_of(rows, wanted, lambda row: row.name),
            record=record_words,
            slip=slip_words,
            lead_of=lambda row: lead_words(row.supplier.lead_time if row.supplier else None),
            done_words=done_words(DONE),
        )
    )


@admin.get("/incoming/suppliers/one")
def incoming_supplier(form: Form = BLANK) -> Response:
    """A supplier by its name, which may have any character; without one, a new one."""
    name = (request.form if form.values else request.args).get("name", "")[:LONGEST_NAME]
    row = known_supplier(name)
    by_item = plugin().suppliers.record(tenant_id(), name).by_item if row else {}
    with plugin().units(tenant_id()) as work:
        facts = work.items.facts(list(by_item))
    names = {item: (f"{f.name}, {f.label}" if f.label else f.name, f.sku) for item, f in facts.items()}
    return make_response(
        render_template(
            "admin/suppliers/one.html",
            name=name,
            is_known=row is not None,
            form=form if form.values else Form(form_values(row)),
            fields=FIELDS,
            days=list(enumerate(speech().weekdays())),
            weekdays=weekdays_of(row, form),
            record=record_words(row.punctuality) if row else "",
            by_item=[(item_words(item, names), record_words(record)) for item, record in by_item.items()],
            done_words=done_words(DONE),
        )
    )


def known_supplier(name: str) -> SupplierRow | None:
    if not name:
        return None
    found = plugin().suppliers.find(tenant_id(), name)
    if found is None and request.method == "GET":
        raise NoSuchPage
    return found


def form_values(row: SupplierRow | None) -> dict[str, str]:
    supplier = row.supplier if row else None
    lead_time = supplier.lead_time if supplier else None
    return {
        "name": row.name if row else "",
        "lead_shortest": str(lead_time.shortest) if lead_time else "",
        "lead_longest": str(lead_time.longest) if lead_time else "",
        "country": supplier.country if supplier else "",
    }


def weekdays_of(row: SupplierRow | None, form: Form) -> set[int]:
    if form.values:
        return set(chosen_weekdays())
    return set(row.supplier.working_weekdays) if row and row.supplier else {0, 1, 2, 3, 4}


def chosen_weekdays() -> list[int]:
    return [int(text) for text in dict.fromkeys(request.form.getlist("weekdays")) if text in set("0123456")]


@admin.post("/incoming/suppliers/one")
@shows_again(incoming_supplier)
def incoming_supplier_save() -> Response:
    said = request.form
    weekdays = chosen_weekdays()
    if not weekdays:
        raise bad("weekdays", "", gettext("Choose at least one working day."))
    name = said.get("name", "").strip()[:LONGEST_NAME]
    before = plugin().suppliers.find(tenant_id(), name) if name else None
    supplier = Supplier(
        name=name,
        lead_time=lead_time_in(said.get("lead_shortest", "").strip(), said.get("lead_longest", "").strip()),
        working_weekdays=tuple(sorted(weekdays)),
        country=said.get("country", "").strip().upper(),
        extra_holidays=before.supplier.extra_holidays if before and before.supplier else (),
    )
    plugin().suppliers.save(tenant_id(), supplier)
    return done("incoming_suppliers", "saved")


def lead_time_in(first: str, last: str) -> LeadTime | None:
    if not first and not last:
        return None
    return LeadTime(
        whole_number(first or last, field="lead_shortest"), whole_number(last or first, field="lead_longest")
    )
