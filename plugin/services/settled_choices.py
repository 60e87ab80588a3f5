"""What became of substitutes that shoppers chose: judged by the order as the shop has it now, told once.

Called wherever a newer picture of an order is taken over, or units of it are cancelled.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from plugin.domain.ids import OrderId
from plugin.domain.saying import Saying, said
from plugin.domain.substitute import ChoiceState, SubstituteChoice
from plugin.services.letters import may_be_told
from plugin.services.planning import Planning
from plugin.services.ports.desk import Activity
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.services.status_letters import status_letters


def settle_choices(work: UnitOfWork, orders: Collection[OrderId], *, at: datetime) -> tuple[SubstituteChoice, ...]:
    """Settle what these orders answer by how they are now. Returns the choices that were carried out."""
    waiting = [choice for choice in work.substitutes.choices(orders) if choice.is_open]
    if not waiting:
        return ()
    known = work.orders.get({choice.order_id for choice in waiting})
    carried_out = []
    for choice in waiting:
        state = choice.outcome(known[choice.order_id])
        if state and settle(work, choice, state, at=at) and state is ChoiceState.DONE:
            carried_out.append(choice)
    return tuple(carried_out)


def settle(work: UnitOfWork, choice: SubstituteChoice, state: ChoiceState, *, at: datetime) -> bool:
    """False if it was settled before."""
    if not work.substitutes.settle(choice, state, at=at):
        return False
    work.journal.add([Activity(at, "substitute", f"order:{choice.order_id}", _said(choice, state))])
    return True


def tell_of_changes(work: UnitOfWork, planning: Planning, carried_out: Sequence[SubstituteChoice]) -> None:
    """The shopper reads how the changed order stands, once it is planned."""
    if not carried_out:
        return
    now, due_at = planning.clock.now(), work.tenant().awake_at(planning.clock.now())
    orders = work.orders.get({choice.order_id for choice in carried_out})
    told = [order for order in orders.values() if may_be_told(order)]
    letters = [
        replace(letter, facts={**letter.facts, "instead": _names(carried_out, letter.order_id)}, due_at=due_at)
        for letter in status_letters(work, planning, told, named=now.isoformat())
        if letter.to
    ]
    if work.messages.add(letters, at=now):
        work.wake("deliver", work.tenant_id)


def _names(choices: Sequence[SubstituteChoice], order_id: OrderId | None) -> str:
    return ", ".join(dict.fromkeys(choice.name for choice in choices if choice.order_id == order_id))


def _said(choice: SubstituteChoice, state: ChoiceState) -> Saying:
    match state:
        case ChoiceState.DONE:
            return said("You changed the order as the shopper wished: %(item)s.", item=choice.name)
        case ChoiceState.DECLINED:
            return said("You do not change the order; what was bought stays, and not %(item)s.", item=choice.name)
        case _:
            return said(
                "The substitute is settled without a change, because nothing is left to replace: %(item)s.",
                item=choice.name,
            )
