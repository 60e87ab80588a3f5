"""What the shop should show at each place and what we last wrote there. Only differences are ever due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, null, select, update
from sqlalchemy.sql.dml import Update

from plugin.adapters.db.codec import to_text
from plugin.adapters.db.repository import NOT_PARKED, Repository, chunks
from plugin.adapters.db.tables import publications
from plugin.services.errors import GiveUp
from plugin.services.ports.publications import Publication, PublicationKind

Key = tuple[PublicationKind, str]


class SqlPublications(Repository):
    def want(self, wanted: Sequence[Publication]) -> int:
        latest = {(publication.kind, publication.target): publication for publication in wanted}
        known = self._rows(latest, lock=True)
        changed = [row for key, want in latest.items() if (row := self._wanted_row(want, known.get(key)))]
        self._upsert(publications, changed)
        return sum(row["due_at"] is not None for row in changed)

    def get(self, kind: PublicationKind, targets: Collection[str]) -> dict[str, Publication]:
        rows = self._rows([(kind, target) for target in targets])
        return {row.target: _publication(row) for row in rows.values()}

    def all(self, kind: PublicationKind) -> list[Publication]:
        query = select(publications).where(self._mine(publications), publications.c.kind == kind)
        return [_publication(row) for row in self._connection.execute(query.order_by(publications.c.target))]

    def due(
        self, kind: PublicationKind, *, at: datetime, limit: int, only_withdrawn: bool = False
    ) -> list[Publication]:
        query = select(publications).where(
            self._mine(publications), publications.c.kind == kind, publications.c.due_at <= at
        )
        if only_withdrawn:
            query = query.where(publications.c.desired.is_(None))
        oldest = query.order_by(publications.c.due_at, publications.c.target).limit(limit)
        return [_publication(row) for row in self._connection.execute(oldest)]

    def wrote(self, publication: Publication, *, remote_id: int | None) -> None:
        still_wanted = publications.c.revision != publication.revision
        self._connection.execute(
            self._change(publication).values(
                written=publication.desired,
                remote_id=remote_id,
                attempts=0,
                due_at=case(
                    (still_wanted, func.coalesce(publications.c.due_at, self._transaction.now())), else_=null()
                ),
                **NOT_PARKED,
            )
        )

    def adopt(self, kind: PublicationKind, target: str, *, shown: Mapping[str, Any]) -> None:
        """Also when nothing of ours stands there any more: then only the original is renewed."""
        is_wanted = publications.c.desired.is_not(None)
        self._connection.execute(
            update(publications)
            .where(self._mine(publications), publications.c.kind == kind, publications.c.target == target)
            .values(
                original=shown,
                written=null(),
                revision=publications.c.revision + 1,
                due_at=case((is_wanted, func.coalesce(publications.c.due_at, self._transaction.now())), else_=null()),
            )
        )

    def postpone(self, some: Sequence[Publication], *, until: datetime, is_try: bool = True) -> None:
        """What became due meanwhile with something newer waits as well, for it goes to the same place."""
        if some:
            is_parked = publications.c.parked_reason.is_not(None)
            tries = publications.c.attempts + int(is_try)
            statement = (
                update(publications)
                .where(
                    self._mine(publications),
                    publications.c.kind == bindparam("of_kind"),
                    publications.c.target == bindparam("of_target"),
                    publications.c.due_at.is_not(None) | is_parked,
                )
                .values(due_at=until, attempts=case((is_parked, 0), else_=tries), **NOT_PARKED)
            )
            rows = [{"of_kind": publication.kind, "of_target": publication.target} for publication in some]
            self._connection.execute(statement, rows)

    def rewrite(self, kind: PublicationKind) -> None:
        for row in self.all(kind):
            if row.desired is not None and not _same(row.desired, row.written):
                due_at = func.coalesce(publications.c.due_at, self._transaction.now())
                self._connection.execute(self._change(row).values(due_at=due_at, attempts=0, **NOT_PARKED))

    def found(self, kind: PublicationKind, target: str, shown: Mapping[str, Any] | None) -> None:
        self._connection.execute(
            update(publications)
            .where(self._mine(publications), publications.c.kind == kind, publications.c.target == target)
            .values(written=null() if shown is None else shown)
        )

    def park(self, publication: Publication, problem: GiveUp) -> None:
        """Unless something newer is wanted by now: that one may be accepted."""
        self._connection.execute(
            self._change(publication)
            .where(publications.c.revision == publication.revision)
            .values(self._parked(problem))
        )

    def restore_all(self) -> int:
        theirs = publications.c.written.is_not(None) | publications.c.due_at.is_not(None)
        restored = self._connection.execute(
            update(publications)
            .where(self._mine(publications), publications.c.desired.is_not(None) | theirs)
            .values(
                desired=None,
                revision=publications.c.revision + 1,
                attempts=0,
                due_at=case((theirs, func.coalesce(publications.c.due_at, self._transaction.now())), else_=null()),
                **NOT_PARKED,
            )
            .returning(publications.c.due_at)
        )
        return sum(row.due_at is not None for row in restored)

    def count_due(self) -> int:
        query = select(func.count()).where(self._mine(publications), publications.c.due_at.is_not(None))
        return self._connection.execute(query).scalar_one()

    def written(self) -> dict[PublicationKind, int]:
        query = select(publications.c.kind, func.count()).where(
            self._mine(publications), publications.c.written.is_not(None)
        )
        return {row.kind: row[1] for row in self._connection.execute(query.group_by(publications.c.kind))}

    def _change(self, publication: Publication) -> Update:
        this = and_(publications.c.kind == publication.kind, publications.c.target == publication.target)
        return update(publications).where(self._mine(publications), this)

    def _rows(self, keys: Collection[Key], *, lock: bool = False) -> dict[Key, Row[Any]]:
        found: dict[Key, Row[Any]] = {}
        for kind in sorted({kind for kind, _ in keys}):
            for targets in chunks(target for its_kind, target in keys if its_kind is kind):
                mine = self._mine(publications) & (publications.c.kind == kind) & publications.c.target.in_(targets)
                query = select(publications).where(mine).order_by(publications.c.target)
                rows = self._connection.execute(query.with_for_update() if lock else query)
                found.update(((kind, row.target), row) for row in rows)
        return found

    def _wanted_row(self, want: Publication, known: Row[Any] | None) -> Mapping[str, Any] | None:
        """The row as it should be from now on; None where nothing changes."""
        if known is None:
            return self._new_row(want) if want.desired is not None else None
        if _same(want.desired, known.desired):
            return None
        # A row that is due may be on its way to the shop right now, so it stays due even if it is back where it was.
        is_due = known.due_at is not None or not _same(want.desired, known.written)
        return self._row(
            kind=want.kind,
            target=want.target,
            desired=want.desired,
            written=known.written,
            original=known.original,
            remote_id=known.remote_id,
            revision=known.revision + 1,
            attempts=0,
            due_at=(known.due_at or self._transaction.now()) if is_due else None,
            cause_id=self._transaction.cause_id(),
            **NOT_PARKED,
        )

    def _new_row(self, want: Publication) -> Mapping[str, Any]:
        return self._row(
            kind=want.kind,
            target=want.target,
            desired=want.desired,
            written=want.written,
            original=want.original,
            remote_id=want.remote_id,
            revision=1,
            attempts=0,
            due_at=None if _same(want.desired, want.written) else self._transaction.now(),
            cause_id=self._transaction.cause_id(),
            **NOT_PARKED,
        )


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """By value, as JSON sees it: a tuple is a list there."""
    return to_text(one) == to_text(other)


def _publication(row: Row[Any]) -> Publication:
    return Publication(
        kind=row.kind,
        target=row.target,
        desired=row.desired,
        written=row.written,
        original=row.original,
        remote_id=row.remote_id,
        revision=row.revision,
        is_due=row.due_at is not None,
        attempts=row.attempts,
        cause_id=row.cause_id,
    )
