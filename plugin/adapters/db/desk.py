"""What the merchant does at the desk: deeds that can be taken back, saved views, and the tone of mails."""

from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from plugin.adapters.db.repository import Repository
from plugin.adapters.db.tables import deeds, saved_views, tones
from plugin.services.errors import NotFound
from plugin.services.ports.desk import Deed, SavedView
from plugin.services.ports.messages import MessageKind, Tone


class SqlDeeds(Repository):
    def add(self, deed: Deed) -> int:
        (new_id,) = self._new_ids(deeds, 1)
        row = self._row(
            id=new_id,
            at=deed.at,
            user_id=deed.user_id,
            kind=deed.kind,
            text=deed.text,
            undo=deed.undo,
            undo_until=deed.undo_until,
        )
        self._connection.execute(insert(deeds), row)
        return new_id

    def get(self, deed_id: int) -> Deed:
        row = self._connection.execute(select(deeds).where(self._mine(deeds), deeds.c.id == deed_id)).first()
        if row is None:
            raise NotFound("deed", deed_id)
        return _deed(row)

    def take_back(self, deed: Deed) -> bool:
        undone = (
            update(deeds)
            .where(self._mine(deeds), deeds.c.id == deed.deed_id, deeds.c.undone_at.is_(None))
            .values(undone_at=self._transaction.now())
        )
        return self._connection.execute(undone).rowcount == 1


class SqlSavedViews(Repository):
    def all(self, screen: str) -> list[SavedView]:
        query = select(saved_views.c.name, saved_views.c.query).where(
            self._mine(saved_views), saved_views.c.screen == screen
        )
        return [SavedView(row.name, row.query) for row in self._connection.execute(query.order_by(saved_views.c.name))]

    def save(self, screen: str, view: SavedView) -> None:
        self._upsert(saved_views, [self._row(screen=screen, name=view.name, query=view.query)])

    def delete(self, screen: str, name: str) -> bool:
        this = self._mine(saved_views) & (saved_views.c.screen == screen) & (saved_views.c.name == name)
        return self._connection.execute(delete(saved_views).where(this)).rowcount == 1


class SqlTones(Repository):
    def all(self) -> list[Tone]:
        query = select(tones).where(self._mine(tones)).order_by(tones.c.kind, tones.c.language)
        return [Tone(row.kind, row.language, row.text) for row in self._connection.execute(query)]

    def get(self, kind: MessageKind, language: str) -> str:
        this = self._mine(tones) & (tones.c.kind == kind) & (tones.c.language == language)
        return self._connection.execute(select(tones.c.text).where(this)).scalar() or ""

    def save(self, tone: Tone) -> None:
        if tone.text:
            self._upsert(tones, [self._row(kind=tone.kind, language=tone.language, text=tone.text)])
            return
        this = self._mine(tones) & (tones.c.kind == tone.kind) & (tones.c.language == tone.language)
        self._connection.execute(delete(tones).where(this))


def _deed(row: Row[Any]) -> Deed:
    return Deed(
        deed_id=row.id,
        at=row.at,
        user_id=row.user_id,
        kind=row.kind,
        text=row.text,
        undo=row.undo,
        undo_until=row.undo_until,
        undone_at=row.undone_at,
    )
