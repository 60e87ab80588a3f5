"""More of the REST API: what may be sent instead of an item, and what shoppers chose. Importing it adds its operations."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from flask import Response, make_response
from pydantic import Field

from plugin.domain.ids import ItemId
from plugin.domain.substitute import LONGEST_NOTE, MOST_SUBSTITUTES, Substitute, SubstituteChoice
from plugin.web.api import AFTER_ID, CONFLICT, LIMIT, NOT_FOUND, UNUSABLE, answer, operation, page_size
from plugin.web.api_models import VISIBLE, Id, Item, Model
from plugin.web.current import plugin, tenant_id
from plugin.web.reading import json_body, number
from plugin.web.supply_api import api

__all__ = ["api"]


class SubstituteModel(Model):
    """`note` is what shoppers read beside it, in one line."""

    item: Item
    note: Annotated[str, Field(max_length=LONGEST_NOTE, pattern=VISIBLE)] = ""


class SubstitutesModel(Model):
    """In the order they are offered; empty: nothing may be sent instead."""

    substitutes: Annotated[tuple[SubstituteModel, ...], Field(max_length=MOST_SUBSTITUTES)]

    def to_domain(self) -> list[Substitute]:
        return [Substitute(ItemId(each.item), " ".join(each.note.split())) for each in self.substitutes]


class ChoiceModel(Model):
    """A shopper wants `units` of `item` replaced by `substitute`. Change the order in the store; it settles by itself."""

    id: Id
    order_id: int
    line_id: int
    item: Item
    substitute: Item
    name: str
    units: int
    chosen_at: datetime

    @classmethod
    def of(cls, choice: SubstituteChoice) -> Self:
        return cls(
            id=choice.choice_id,
            order_id=choice.order_id,
            line_id=choice.line_id,
            item=choice.item_id,
            substitute=choice.substitute,
            name=choice.name,
            units=choice.units,
            chosen_at=choice.chosen_at,
        )


class ChoiceList(Model):
    choices: tuple[ChoiceModel, ...]
    next: int | None


@operation(
    "GET",
    "/items/<item>/substitutes",
    "What shoppers who wait for an item may take instead.",
    gives=SubstitutesModel,
    problems=(NOT_FOUND,),
)
def get_substitutes(item: str) -> Response:
    return the_substitutes(item)


@operation(
    "PUT",
    "/items/<item>/substitutes",
    "Allow these substitutes for an item, in the place of those before.",
    takes=SubstitutesModel,
    gives=SubstitutesModel,
    problems=(NOT_FOUND,),
)
def save_substitutes(item: str) -> Response:
    plugin().substitutes.save(tenant_id(), ItemId(item), json_body(SubstitutesModel).to_domain())
    return the_substitutes(item)


@operation(
    "GET",
    "/substitutes/chosen",
    "Substitutes that shoppers chose and that wait for the order to be changed, by id.",
    gives=ChoiceList,
    queries=(AFTER_ID, LIMIT),
    problems=(UNUSABLE,),
)
def list_choices() -> Response:
    after, most = number("after", default=0, least=0), page_size()
    found = plugin().substitute_choices.waiting(tenant_id(), after=after, limit=most + 1)
    page = tuple(ChoiceModel.of(choice) for choice in found[:most])
    return answer(ChoiceList(choices=page, next=page[-1].id if len(found) > most else None))


@operation(
    "POST",
    "/substitutes/chosen/<id:choice_id>/done",
    "Look at once whether the order was changed; 409 as long as it is as it was.",
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(NOT_FOUND, CONFLICT, HTTPStatus.BAD_GATEWAY),
)
def choice_done(choice_id: int) -> Response:
    plugin().substitute_choices.done(tenant_id(), choice_id)
    return make_response("", HTTPStatus.NO_CONTENT)


@operation(
    "POST",
    "/substitutes/chosen/<id:choice_id>/decline",
    "Leave the order as it was bought; the shopper's page says so.",
    statuses=(HTTPStatus.NO_CONTENT,),
    problems=(NOT_FOUND,),
)
def decline_choice(choice_id: int) -> Response:
    plugin().substitute_choices.decline(tenant_id(), choice_id)
    return make_response("", HTTPStatus.NO_CONTENT)


def the_substitutes(item: str) -> Response:
    listed = plugin().substitutes.of_item(tenant_id(), ItemId(item))
    return answer(
        SubstitutesModel(substitutes=tuple(SubstituteModel(item=each.item_id, note=each.note) for each, _ in listed))
    )
