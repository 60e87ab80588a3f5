"""What goes wrong is answered in words, with the id to ask about it by, and without a word too many."""

from datetime import timedelta

import pytest
from flask import Flask

from plugin.domain.errors import DomainError
from plugin.services.errors import AccessRevoked, Conflict, GiveUp, NotFound, RetryLater
from plugin.web.app import static
from plugin.web.errors import TABLE, SignedOut, answer_errors
from plugin.web.headers import watch
from tests.web.stage import Web

ERRORS = [
    (DomainError("The limit is -1; it cannot be negative.", field="limit", value=-1), 422),
    (NotFound("shipment", 7), 404),
    (Conflict("PO-118 is known already."), 409),
    (RetryLater("quota used up", after=timedelta(seconds=90)), 503),
    (GiveUp("rejected", "The store refused the limit."), 502),
    (GiveUp("internal", "no such column: secret_thing"), 500),
    (AccessRevoked("token 123 is dead"), 409),
    (SignedOut(), 401),
    (RuntimeError("the password is hunter2"), 500),
]


@pytest.fixture
def app(web: Web) -> Flask:
    """A door behind which every error waits."""
    app = Flask("plugin.web.app", static_folder=None)
    app.jinja_env.globals.update(web.app.jinja_env.globals)
    app.add_url_rule("/static/<path:name>", "static", static)
    watch(app)
    answer_errors(app)

    def fail(number: int) -> str:
        raise ERRORS[number][0]

    app.add_url_rule("/page/<int:number>", "page", fail)
    app.add_url_rule("/api/<int:number>", "api", fail)
    return app


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_each_error_has_its_status_as_page_and_as_problem(app: Flask, number: int) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    status = ERRORS[number][1]
    page = app.test_client().get(f"/page/{number}")
    problem = app.test_client().get(f"/api/{number}", headers={"X-Request-Id": "asked-by-me"})
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    assert problem.json is not None
    assert (problem.json["status"], problem.json["request_id"]) == (status, "asked-by-me")
    assert page.headers["X-Request-Id"] in page.text


def test_a_rule_that_was_broken_names_field_and_value(app: Flask) -> None:
    problem = app.test_client().get("/api/0").json
    assert problem is not None
    assert problem["errors"] == [{"field": "limit", "value": -1, "message": "The limit is -1; it cannot be negative."}]


def test_who_has_to_wait_is_told_how_long(app: Flask) -> None:
    assert app.test_client().get("/page/3").headers["Retry-After"] == "90"


@pytest.mark.parametrize("number", [5, 6, 8])
def test_what_happened_inside_stays_inside(app: Flask, number: int) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for door in ("page", "api"):
        text = app.test_client().get(f"/{door}/{number}").text
        assert not any(word in text for word in ("hunter2", "secret_thing", "123", "Traceback"))


def test_every_error_of_the_services_is_in_the_table_or_a_kind_of_one_that_is() -> None:
    from plugin.services import errors

    theirs = {
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ServiceError)
    }
    assert [each for each in theirs - {errors.ServiceError} if not set(each.__mro__) & set(TABLE)] == []


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "id\\n<script>", "ü" * 10])
def test_a_hostile_request_id_is_replaced(web: Web, given: str) -> None:
    answered = web.client().get("/live", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert answered != given
    assert len(answered) == 16


def test_a_request_id_of_the_proxy_is_kept(web: Web) -> None:
    assert web.client().get("/live", headers={"X-Request-Id": "f00-bar-1"}).headers["X-Request-Id"] == "f00-bar-1"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/app/", "/app/ada", "/s/", "/static/", "/static/../app.py", "/static/none.css"]
)
def test_an_address_that_is_none_gets_a_page(web: Web, path: str) -> None:
    answer = web.client().get(path)
    assert answer.status_code in {401, 404, 308}
    assert "Traceback" not in answer.text


def test_a_wrong_method_says_which_are_right(web: Web) -> None:
    answer = web.client().post("/live")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})


def test_files_named_by_their_content_are_kept_for_ever_and_others_for_minutes(web: Web) -> None:
    page = web.client().get(f"/app/ada/?t={web.ticket()}").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in web.client().get(address).headers["Cache-Control"]
    assert web.client().get("/static/admin.css?v=old").headers["Cache-Control"] == "public, max-age=300"
