"""CSV files as rows with line numbers, and the words in their cells as values. All rows are read before anything is done; every wrong one is named."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TypeVar

from plugin.domain.calendar import DateWindow
from plugin.domain.errors import DomainError
from plugin.domain.saying import Saying, as_saying, said

LARGEST_FILE = 10 * 1024 * 1024
MOST_FAULTS_SHOWN = 20
LONGEST_NUMBER = 15
NOT_NEEDED = "-"
"""Stands before the name of a column nobody needs."""
NO_DATE = ("", "-", "unknown")
ERROR_COLUMNS = ("line", "problem")
"""What an error file has more than the file it came from; ignored when it is sent again."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. An empty cell reads as the empty text."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class SpreadsheetFault(DomainError):
    """What is wrong in which lines; nothing of the file was taken over."""

    def __init__(self, faults: Sequence[Saying | str]) -> None:
        self.faults = tuple(as_saying(fault) for fault in faults)
        shown = self.faults[:MOST_FAULTS_SHOWN]
        if more := len(faults) - len(shown):
            shown = (*shown, said("… and %(more)s more.", more=more))
        super().__init__(said("Nothing was imported.%(lines)s", lines=reduce(_below, shown, said(""))))


def _below(above: Saying, line: Saying) -> Saying:
    return said("%(above)s\n%(line)s", above=above, line=line)


def read(
    data: bytes,
    *,
    columns: Collection[str],
    required: Collection[str],
    meanings: Mapping[str, str] | None = None,
) -> list[Row]:
    """Read a file with a header line; commas, semicolons or tabs, as spreadsheets write them.

    `meanings` says which of our columns a heading stands for; empty: the file has it, and nobody needs it.
    """
    reader = _reader(text_of(data))
    names = [_meant(name, meanings or {}) for name in _headings(reader)]
    _require_columns(names, columns=(*columns, *ERROR_COLUMNS), required=required)
    reader.fieldnames = names
    try:
        return list(_rows(reader, len(names)))
    except csv.Error as error:
        raise SpreadsheetFault(
            [said("Line %(line)s: %(problem)s.", line=reader.line_num, problem=str(error))]
        ) from error


def headings_of(data: bytes) -> list[str]:
    """What the columns of a file are called, in small letters."""
    return _headings(_reader(text_of(data)))


def each(rows: list[Row], translate: Callable[[Row], Value]) -> list[Value]:
    """Translate all rows, or raise with what is wrong in every one that cannot be."""
    values, faults = [], []
    for row in rows:
        try:
            values.append(translate(row))
        except DomainError as error:
            faults.append(said("Line %(line)s: %(problem)s", line=row.line, problem=error.said))
    if faults:
        raise SpreadsheetFault(faults)
    return values


def written(rows: Iterable[Row], problems: Iterable[str], *, columns: Sequence[str]) -> str:
    """Rows as a file again, each with its line and what is wrong with it: to be corrected and sent once more."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, *ERROR_COLUMNS])
    for row, problem in zip(rows, problems, strict=True):
        writer.writerow([*(harmless(row[column]) for column in columns), row.line, problem])
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell no spreadsheet programme takes for a formula, also none that passes over spaces before it."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) or cell.lstrip().startswith(FORMULA_SIGNS) else cell


def window(text: str, *, field: str = "eta") -> DateWindow | None:
    """Read `2026-03-09`, `2026-03-09..2026-03-12`, or `unknown`."""
    if text.strip().lower() in NO_DATE:
        return None
    first, _, last = text.partition("..")
    earliest = day(first, field=field)
    return DateWindow(earliest, day(last, field=field) if last else earliest)


def day(text: str, *, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise DomainError(
            said("%(field)s is %(text)r; write a day as 2026-03-09.", field=field, text=text), field=field, value=text
        ) from error


def whole_number(text: str, *, field: str) -> int:
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= LONGEST_NUMBER):
        raise DomainError(
            said("%(field)s is %(text)r; write a whole number, zero or more.", field=field, text=text),
            field=field,
            value=text,
        )
    return int(stripped)


def _reader(text: str) -> "csv.DictReader[str]":
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    return csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="", strict=True)


def _headings(reader: "csv.DictReader[str]") -> list[str]:
    try:
        return [(name or "").strip().lower() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise SpreadsheetFault([said("Line %(line)s: %(problem)s.", line=1, problem=str(error))]) from error


def _meant(name: str, meanings: Mapping[str, str]) -> str:
    means = meanings.get(name, name)
    return means or f"{NOT_NEEDED}{name}"


def text_of(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise SpreadsheetFault([said("The file is larger than %(most)s MB.", most=LARGEST_FILE // 1024**2)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpreadsheetFault([said("The file is not UTF-8 text; save it as CSV UTF-8.")]) from error


def _require_columns(names: list[str], *, columns: Collection[str], required: Collection[str]) -> None:
    faults = [said("Line 1: there is no column %(name)s.", name=name) for name in required if name not in names]
    faults += [
        said("Line 1: column %(name)r is unknown; known: %(known)s.", name=name, known=", ".join(columns))
        for name in names
        if name not in columns and not name.startswith(NOT_NEEDED)
    ]
    faults += [
        said("Line 1: column %(name)s is there twice.", name=name)
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if faults:
        raise SpreadsheetFault(faults)


def _rows(reader: "csv.DictReader[str]", width: int) -> Iterator[Row]:
    for cells in reader:
        if "" in cells:
            raise SpreadsheetFault(
                [said("Line %(line)s: there are more than %(width)s cells.", line=reader.line_num, width=width)]
            )
        filled = {name: (value or "").strip() for name, value in cells.items()}
        if any(filled.values()):
            yield Row(reader.line_num, filled)
