"""Error type → status and words, once. A page for people, problem+json for programmes; both give the request id."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError

from plugin.domain.errors import DomainError
from plugin.domain.saying import Saying, said, verbatim
from plugin.services.errors import AccessRevoked, Conflict, GiveUp, NotFound, RetryLater, ServiceError

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
LONGEST_SHOWN = 200
DEFAULT_RETRY_SECONDS = 10


class SignedOut(Exception):
    """Nobody we know is looking: no session, an old one, or one of another store."""


class NotAllowed(Exception):
    """The user's role is not enough; an owner of the store can change it."""


class NotSigned(Exception):
    """A payload, link or key that we did not make or BigCommerce did not sign."""


class NotInstalled(Exception):
    """The store is not (or no longer) one of ours."""


class TooMany(Exception):
    """Someone asks more often than is fair."""

    def __init__(self, *, after_seconds: int) -> None:
        super().__init__("Too many requests.")
        self.after_seconds = after_seconds


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: which field, which value, and what is allowed."""

    field: str
    value: object
    said: Saying

    @property
    def message(self) -> str:
        """In English."""
        return str(self.said)


class BadInput(Exception):
    """What was sent cannot be used; every fault at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads. `detail` None: the error's own sentence is meant for people."""

    status: HTTPStatus
    title: Saying
    detail: Saying | None = None


TABLE: dict[type[Exception], Words] = {
    DomainError: Words(HTTPStatus.UNPROCESSABLE_ENTITY, said("That cannot be saved")),
    BadInput: Words(HTTPStatus.UNPROCESSABLE_ENTITY, said("That cannot be used")),
    ValidationError: Words(
        HTTPStatus.UNPROCESSABLE_ENTITY, said("That cannot be used"), said("Please correct what is listed.")
    ),
    NotFound: Words(HTTPStatus.NOT_FOUND, said("Not found")),
    Conflict: Words(HTTPStatus.CONFLICT, said("Not possible now")),
    RetryLater: Words(
        HTTPStatus.SERVICE_UNAVAILABLE,
        said("Please try again"),
        said("The store is busy or away. Nothing was lost; try again soon."),
    ),
    GiveUp: Words(HTTPStatus.BAD_GATEWAY, said("The store refused")),
    AccessRevoked: Words(
        HTTPStatus.CONFLICT,
        said("The store is not connected"),
        said(
            "BigCommerce no longer accepts our access to this store. Open Backorder from the Apps menu to connect it again."
        ),
    ),
    SignedOut: Words(
        HTTPStatus.UNAUTHORIZED,
        said("Please open Backorder again"),
        said("This session has ended. Open Backorder from the Apps menu of your control panel; nothing was changed."),
    ),
    NotAllowed: Words(
        HTTPStatus.FORBIDDEN,
        said("Your role does not allow this"),
        said("Nothing was changed. An owner of the store can change your role under Settings, Users and roles."),
    ),
    NotSigned: Words(
        HTTPStatus.UNAUTHORIZED,
        said("This address is not valid"),
        said("It was changed on its way, or it is too old to be used."),
    ),
    NotInstalled: Words(
        HTTPStatus.UNAUTHORIZED,
        said("Backorder is not installed in this store"),
        said("Install it from the Apps menu of your control panel."),
    ),
    TooMany: Words(
        HTTPStatus.TOO_MANY_REQUESTS,
        said("One moment, please"),
        said("Too many requests. Wait a little, then try again."),
    ),
}


OUR_FAULT = Words(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    said("Internal Server Error"),
    said("Something broke on our side. It has been logged."),
)


def is_our_fault(error: Exception) -> bool:
    return isinstance(error, GiveUp) and error.reason == "internal"


def answer_errors(app: Flask) -> None:
    for kind in TABLE:
        app.register_error_handler(kind, answer)
    app.register_error_handler(HTTPException, _answer_http)


def answer(error: Exception) -> Response:
    words = OUR_FAULT if is_our_fault(error) else next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    log.info("refused", error=type(error).__name__, status=words.status.value, detail=str(error)[:LONGEST_SHOWN])
    response = respond(words.status, say(words.title), _detail(error, words), faults_in(error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.after_seconds)
    if isinstance(error, RetryLater):
        after = int(error.after.total_seconds()) if error.after else DEFAULT_RETRY_SECONDS
        response.headers["Retry-After"] = str(max(1, after))
    return response


def say(words: Saying | None) -> str:
    """In the language of a merchant who looks at our screens (web/admin/sayings.py); in English for everybody else."""
    in_words: Callable[[Saying], str] = g.get("say", str)
    return in_words(words) if words else ""


def _detail(error: Exception, words: Words) -> str:
    if words.detail:
        return say(words.detail)
    if isinstance(error, DomainError | ServiceError):
        return say(error.said)
    return " ".join(say(fault.said) for fault in error.faults) if isinstance(error, BadInput) else str(error)


def _answer_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    status = HTTPStatus(error.code or 500)
    detail = say(OUR_FAULT.detail) if isinstance(error, InternalServerError) else error.description
    response = respond(status, status.phrase, detail or "", ())
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def respond(status: HTTPStatus, title: str, detail: str, faults: Sequence[Fault] = ()) -> Response:
    if wants_json():
        response = jsonify(_problem(status, title, detail, faults))
        response.mimetype = PROBLEM
    else:
        page = render_template("error.html", status=status, title=title, detail=detail, faults=faults, say=say)
        response = make_response(page)
    response.status_code = status
    if status is HTTPStatus.UNAUTHORIZED and request.path.startswith("/api/"):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def wants_json() -> bool:
    """Programmes get JSON; a browser's form at a storefront address says that it prefers a page."""
    accepts = request.accept_mimetypes
    prefers_page = accepts["text/html"] > accepts["application/json"]
    return request.path.startswith("/api/") or (request.path.startswith("/store/") and not prefers_page)


def _problem(status: HTTPStatus, title: str, detail: str, faults: Sequence[Fault]) -> dict[str, Any]:
    shown = [{"field": fault.field, "value": _short(fault.value), "message": fault.message} for fault in faults]
    return {
        "type": "about:blank",
        "title": title,
        "status": status.value,
        "detail": detail,
        "request_id": g.get("request_id", ""),
        **({"errors": shown} if shown else {}),
    }


def faults_in(error: Exception) -> tuple[Fault, ...]:
    match error:
        case BadInput():
            return error.faults
        case ValidationError():
            return faults_of(error)
        case DomainError() if error.field:
            return (Fault(error.field, error.value, error.said),)
        case _:
            return ()


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Pydantic's findings in our shape: `lines.0.quantity`, the value as it came, a sentence."""
    return tuple(
        Fault(
            field=".".join(str(part) for part in detail["loc"]),
            value=detail.get("input"),
            said=verbatim(detail["msg"].removeprefix("Value error, ")),
        )
        for detail in error.errors(include_url=False, include_context=False)
    )


def _short(value: object) -> object:
    """Values are repeated so that they can be found, not in full."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:LONGEST_SHOWN]
