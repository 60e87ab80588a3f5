"""Files on their way in, kept between looking at them and importing them, and the headings the merchant explained."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import import_files, import_headings
from plugin.services.errors import NotFound
from plugin.services.ports.supply import ImportFile


class SqlImportFiles(Repository):
    def add(self, name: str, content: str, *, at: datetime) -> int:
        (new_id,) = self._new_ids(import_files, 1)
        row = self._row(id=new_id, name=name, content=content, uploaded_at=at)
        self._connection.execute(insert(import_files), row)
        return new_id

    def get(self, file: int) -> ImportFile:
        query = select(import_files).where(self._mine(import_files), import_files.c.id == file)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFound("file", file)
        return ImportFile(row.id, row.name, row.content)

    def delete(self, file: int) -> None:
        self._connection.execute(delete(import_files).where(self._mine(import_files), import_files.c.id == file))

    def forget_before(self, moment: datetime) -> None:
        old = import_files.c.uploaded_at < moment
        self._connection.execute(delete(import_files).where(self._mine(import_files), old))

    def headings(self) -> dict[str, str]:
        query = select(import_headings.c.heading, import_headings.c.means).where(self._mine(import_headings))
        return {row.heading: row.means for row in self._connection.execute(query)}

    def remember(self, headings: Mapping[str, str]) -> None:
        self._upsert(import_headings, [self._row(heading=name, means=means) for name, means in headings.items()])
