"""What a request says, as typed values; anything else is BadInput, which names the field, the value and what is allowed."""

import re
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel
from werkzeug.exceptions import UnsupportedMediaType

from plugin.domain.saying import Saying, as_saying, said
from plugin.web.errors import BadInput, Fault

JSON = "application/json"
LONGEST_NUMBER = 15
ITEM = re.compile(r"[0-9]{1,15}(:[0-9]{1,15})?")

AnyModel = TypeVar("AnyModel", bound=BaseModel)


def json_body(model: type[AnyModel]) -> AnyModel:
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send {JSON}.")
    return model.model_validate_json(request.get_data())


def json_or_form(model: type[AnyModel]) -> AnyModel:
    """A script sends JSON, a plain form its fields; empty fields count as not sent."""
    if request.mimetype == JSON:
        return model.model_validate_json(request.get_data())
    return model.model_validate({name: value for name, value in request.form.items() if value.strip()})


def number(name: str, *, default: int, least: int, most: int = 10**LONGEST_NUMBER) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and least <= int(text) <= most):
        raise bad(
            name,
            text,
            said(
                "%(name)s is %(text)r; it must be a whole number from %(least)s to %(most)s.",
                name=name,
                text=text[:LONGEST_NUMBER],
                least=least,
                most=most,
            ),
        )
    return int(text)


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words; the first where nothing is said."""
    text = request.args.get(name) or allowed[0]
    if text not in allowed:
        raise bad(
            name,
            text,
            said("%(name)s is %(text)r; allowed: %(allowed)s.", name=name, text=text[:40], allowed=", ".join(allowed)),
        )
    return text


def item_id(name: str) -> str:
    """An item's id, or nothing."""
    text = request.args.get(name, "")
    if text and not ITEM.fullmatch(text):
        raise bad(
            name,
            text,
            said("%(name)s is %(text)r; an item is 77, or 77:105 for one of its variants.", name=name, text=text[:40]),
        )
    return text


def bad(field: str, value: Any, words: Saying | str) -> BadInput:
    return BadInput([Fault(field, value, as_saying(words))])
