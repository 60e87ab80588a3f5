"""SQL for the first page: counts and sums along partial indexes, so that history costs nothing."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, TextClause, case, exists, func, literal_column, select, text

from plugin.adapters.db.engine import reading
from plugin.adapters.db.queries import reader
from plugin.adapters.db.shipments import SqlShipments
from plugin.adapters.db.tables import DESK_TABS, items, notices, order_lines, orders, outbox, shipments, tab_condition
from plugin.domain.changes import Availability
from plugin.domain.ids import TenantId
from plugin.domain.order import OrderStage
from plugin.services.backorders import Tab
from plugin.services.home import LOOKED_BACK, MOST_COUNTED, HomeFacts, Kept, Late, LateShipment, monday_of
from plugin.services.ports.messages import MessageKind
from plugin.services.ports.notices import Wants


class SqlHome:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def facts(self, tenant: TenantId, *, today: date) -> HomeFacts:
        with reading(self._engine) as connection:
            owed = _owed_by_day(connection, tenant)
            has_passed = order_lines.c.promised_on < today
            is_late = text(tab_condition(DESK_TABS[Tab.LATE.value], connection.dialect.name))
            left, counted_since = _left_by_week(connection, tenant, today)
            return HomeFacts(
                missed=_count_late(connection, tenant, is_late, has_passed),
                will_miss=_count_late(connection, tenant, is_late, ~has_passed),
                oldest_promise=min((day for day in owed if day), default=None),
                notices_due=_notices_due(connection, tenant, today),
                swaps=_swaps(connection, tenant),
                items_at_limit=_items_at_limit(connection, tenant),
                late_shipments=_late_shipments(connection, tenant, today),
                owed_by_day=owed,
                left_by_week=left,
                counted_since=counted_since,
            )


def _owed_by_day(connection: Connection, tenant: TenantId) -> dict[date | None, int]:
    query = (
        select(order_lines.c.promised_on, func.sum(order_lines.c.owed))
        .where(order_lines.c.tenant_id == tenant, order_lines.c.is_waiting)
        .group_by(order_lines.c.promised_on)
    )
    return {day: int(units) for day, units in connection.execute(query)}


def _count_late(connection: Connection, tenant: TenantId, *which: ColumnElement[bool] | TextClause) -> Late:
    """Along the index of the desk's tab Late, and by its rule."""
    query = select(func.count(), func.count(order_lines.c.order_id.distinct())).where(
        order_lines.c.tenant_id == tenant, *which
    )
    return Late(*connection.execute(query).one())


def _notices_due(connection: Connection, tenant: TenantId, today: date) -> int:
    """Notices decided and not sent yet that have to leave today, or should have; found by the orders that wait for them."""
    waiting = select(order_lines.c.order_id).where(
        order_lines.c.tenant_id == tenant,
        order_lines.c.holds_units,
        order_lines.c.wants == literal_column(f"'{Wants.TELL.value}'"),
    )
    query = (
        select(func.count())
        .select_from(notices)
        .where(notices.c.tenant_id == tenant, notices.c.order_id.in_(waiting))
        .where(notices.c.sent_at.is_(None), notices.c.withdrawn_at.is_(None), notices.c.answered_at.is_(None))
        .where(notices.c.send_by <= today)
    )
    return int(connection.execute(query).scalar_one())


def _swaps(connection: Connection, tenant: TenantId) -> int:
    query = select(func.count()).where(
        order_lines.c.tenant_id == tenant, order_lines.c.holds_units, order_lines.c.instead.is_not(None)
    )
    return int(connection.execute(query).scalar_one())


def _items_at_limit(connection: Connection, tenant: TenantId) -> int:
    query = select(func.count()).where(items.c.tenant_id == tenant, items.c.availability == Availability.CLOSED)
    return int(connection.execute(query).scalar_one())


def _late_shipments(connection: Connection, tenant: TenantId, today: date) -> tuple[LateShipment, ...]:
    """The latest first."""
    overdue = SqlShipments(reader(connection, tenant)).page(
        shipments.c.brings_more, shipments.c.eta_latest < today, limit=MOST_COUNTED
    )
    found = [late for shipment in overdue if (late := LateShipment.of(shipment, today))]
    return tuple(sorted(found, key=lambda late: -late.days_late))


def _left_by_week(connection: Connection, tenant: TenantId, today: date) -> tuple[dict[date, Kept], date | None]:
    """Orders with a promise that left, the newest of them, and the first week that is whole where earlier ones are not.

    Late is what an apology was written for (services/departures.py).
    """
    first, last = monday_of(today - LOOKED_BACK), monday_of(today)
    mondays = [last - timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    told = exists().where(
        order_lines.c.tenant_id == orders.c.tenant_id,
        order_lines.c.order_id == orders.c.order_id,
        order_lines.c.promised_on.is_not(None),
    )
    apology = exists().where(
        outbox.c.tenant_id == orders.c.tenant_id,
        outbox.c.order_id == orders.c.order_id,
        outbox.c.kind == MessageKind.SHIPPED_LATE,
    )
    weeks_ago = case(*((orders.c.modified_at >= _midnight(monday), ago) for ago, monday in enumerate(mondays)))
    left = (
        select(weeks_ago.label("weeks_ago"), apology.label("was_late"))
        .where(orders.c.tenant_id == tenant, orders.c.modified_at >= _midnight(first))
        .where(orders.c.stage == OrderStage.CLOSED, told)
        .order_by(orders.c.modified_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    late = func.count().filter(left.c.was_late)
    counted = connection.execute(select(left.c.weeks_ago, func.count(), late).group_by(left.c.weeks_ago))
    weeks = {mondays[ago]: Kept(on_time=all_ - late, late=late) for ago, all_, late in counted}
    if len(weeks) == 1 or sum(week.all for week in weeks.values()) < MOST_COUNTED:
        return weeks, None
    del weeks[min(weeks)]  # of its orders only the newest were counted
    return weeks, min(weeks)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
