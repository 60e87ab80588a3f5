"""Shipments from a CSV file: upload, say once what its columns mean, look at what would happen, then import it."""

from flask import Response, make_response, render_template, request

from plugin.services.imports import COLUMNS, REQUIRED, ImportReport
from plugin.services.spreadsheet import SpreadsheetFault
from plugin.web.admin.door import admin
from plugin.web.admin.forms import BLANK, Form, done, done_words, shows_again
from plugin.web.admin.incoming import DONE
from plugin.web.admin.speech import gettext, marked, ngettext
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import bad

MEANINGS = {
    "supplier": marked("Supplier"),
    "reference": marked("Reference"),
    "eta": marked("Should arrive"),
    "source": marked("Who said so"),
    "item": marked("SKU or item id"),
    "quantity": marked("Units"),
    "location": marked("Location id"),
}
SAMPLE = (
    "supplier,reference,eta,source,item,quantity\n"
    "Acme,PO-118,2026-03-09,supplier confirmed,MUG-BLUE,40\n"
    "Acme,PO-118,2026-03-09,supplier confirmed,MUG-RED,20\n"
    "Acme,PO-119,2026-03-16..2026-03-20,estimate,TEAPOT-1,12\n"
)
MOST_WRONG_SHOWN = 50
COLUMN = "column:"
"""Field that says what the heading at this place means: `column:0`."""


@admin.get("/incoming/import")
def incoming_import(form: Form = BLANK) -> Response:
    return make_response(
        render_template(
            "admin/incoming/import.html",
            form=form,
            columns=[(name, gettext(words), name in REQUIRED) for name, words in MEANINGS.items()],
            done_words=done_words(DONE),
        )
    )


@admin.get("/incoming/import/sample.csv")
def incoming_import_sample() -> Response:
    return csv_file(SAMPLE, "incoming-sample.csv")


@admin.post("/incoming/import")
@shows_again(incoming_import)
def incoming_import_upload() -> Response:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise bad("file", "", gettext("Choose a CSV file first."))
    file_id = plugin().imports.upload(tenant_id(), file.filename, file.read())
    return done("incoming_import_file", "", file=file_id)


@admin.get("/incoming/import/<id:file>")
def incoming_import_file(file: int, form: Form = BLANK) -> Response:
    look = plugin().imports.look(tenant_id(), file)
    report = look.report
    return make_response(
        render_template(
            "admin/incoming/import_file.html",
            look=look,
            report=report,
            form=form,
            columns=list(enumerate(look.headings.items())),
            meanings=[("", gettext("Not needed"))] + [(name, gettext(words)) for name, words in MEANINGS.items()],
            column_field=COLUMN,
            says=says(report) if report else [],
            wrong=report.wrong[:MOST_WRONG_SHOWN] if report else (),
            can_import=report is not None and bool(report.new),
        )
    )


def says(report: ImportReport) -> list[str]:
    wrong = len(report.wrong)
    known = len(report.known)
    sentences = [ngettext("%(count)s new shipment", "%(count)s new shipments", len(report.new))]
    if known:
        sentences.append(
            ngettext("%(count)s shipment is known already", "%(count)s shipments are known already", known)
        )
    if wrong:
        sentences.append(ngettext("%(count)s row is wrong", "%(count)s rows are wrong", wrong))
    return sentences


@admin.post("/incoming/import/<id:file>/columns")
@shows_again(incoming_import_file)
def incoming_import_columns(file: int) -> Response:
    """Remembered for every later file that has the same headings."""
    headings = list(plugin().imports.look(tenant_id(), file).headings)
    said = {name: request.form.get(f"{COLUMN}{place}") for place, name in enumerate(headings)}
    meant = {name: means for name, means in said.items() if means is not None}
    twice = sorted({means for means in meant.values() if means in COLUMNS and list(meant.values()).count(means) > 1})
    if twice:
        words = gettext("%(column)s is chosen for more than one column.", column=gettext(MEANINGS[twice[0]]))
        raise bad("columns", twice[0], words)
    plugin().imports.explain(tenant_id(), file, meant)
    return done("incoming_import_file", "", file=file)


@admin.get("/incoming/import/<id:file>/wrong-rows.csv")
def incoming_import_wrong(file: int) -> Response:
    report = plugin().imports.look(tenant_id(), file).report
    return csv_file(report.error_file if report else "", "wrong-rows.csv")


@admin.post("/incoming/import/<id:file>")
@shows_again(incoming_import_file)
def incoming_import_take_over(file: int) -> Response:
    report = plugin().imports.take_over(tenant_id(), file, skips_wrong=bool(request.form.get("skips_wrong")))
    if not report.new or (report.wrong and not request.form.get("skips_wrong")):
        raise SpreadsheetFault(report.in_words)
    return done("incoming", "imported")


def csv_file(text: str, name: str) -> Response:
    """As a file to keep; the mark at its beginning tells spreadsheet programmes that it is UTF-8."""
    response = make_response("\ufeff" + text)
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
