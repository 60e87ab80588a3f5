"""How the API says no, in the shapes the real one uses. Raise one anywhere under a route."""

from typing import Any

TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
PROBLEM_JSON = "application/problem+json"


class ApiRefusal(Exception):
    """An answer that is not a success; the gate turns it into a response."""

    def __init__(self, status: int, body: Any, *, content_type: str = "application/json") -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.content_type = content_type


def v2_refusal(status: int, message: str, *, details: dict[str, Any] | None = None) -> ApiRefusal:
    entry: dict[str, Any] = {"status": status, "message": message}
    if details is not None:
        entry["details"] = details
    return ApiRefusal(status, [entry])


def v3_refusal(status: int, title: str, *, errors: Any = None) -> ApiRefusal:
    return ApiRefusal(status, v3_error(status, title, errors=errors))


def v3_error(status: int, title: str, *, errors: Any = None) -> dict[str, Any]:
    return {"status": status, "title": title, "type": TYPE, "errors": {} if errors is None else errors}


def inventory_refusal(status: int, title: str, *, errors: Any = None) -> ApiRefusal:
    """Inventory speaks problem+json."""
    return ApiRefusal(status, v3_error(status, title, errors=errors), content_type=PROBLEM_JSON)


def not_found(version: str, what: str = "The requested resource was not found.") -> ApiRefusal:
    return v2_refusal(404, what) if version == "v2" else v3_refusal(404, what)


def too_many(limit: int) -> ApiRefusal:
    title = f"The request payload is too large. The maximum items allowed in the array is {limit}."
    body = {"errors": {}, "status": 413, "title": title, "type": "/api-docs/getting-started/api-status-codes"}
    return ApiRefusal(413, body)


def missing(field: str, text: str = "error.path.missing.") -> ApiRefusal:
    return v3_refusal(422, "JSON data is missing or invalid", errors={field: text})
