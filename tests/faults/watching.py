"""What is asked after a fault: the shop's number, who is owed what, and who was told how often."""

from plugin.sandbox.faults import Fault
from tests.flow.stage import RED_MUG, Stage, item

JAN = "jan@example.de"


def number(stage: Stage) -> int:
    """On hand minus owed minus what we added: the same in both ways of selling past zero."""
    cell = stage.store.cell((RED_MUG, 0), 1)
    with stage.plugin.units(stage.tenant) as work:
        added = sum(record.level.virtual_units for record in work.stock.records([item()])[item()])
    return cell.on_hand - cell.backordered - added


def owed(stage: Stage) -> dict[int, int]:
    with stage.plugin.units(stage.tenant) as work:
        orders = work.orders.holding_items([item()])
    return {order.order_id: sum(line.owed for line in order.lines) for order in orders}


def told(stage: Stage, to: str = JAN) -> int:
    return len(stage.mails(to))


def plant(stage: Stage, **fault: object) -> None:
    stage.sandbox.world.faults.plant(Fault(**fault))


def patience(stage: Stage) -> None:
    """Twenty minutes go by: retries, lost answers, a reconcile and what it asks for."""
    for seconds in (10, 70, 130, 300, 660, 61):
        stage.wait(seconds)
