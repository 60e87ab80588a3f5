"""For operators and their machines: alive, ready, metrics. They say nothing of any store."""

import hmac
import ipaddress
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from plugin.telemetry import METRICS_CONTENT_TYPE, exposition
from plugin.web.current import plugin
from plugin.web.errors import NotSigned
from plugin.web.rate_limit import queue_answers

health = Blueprint("health", __name__)

SERVED = {"head", "newer"}
"""A process that starts on a newer schema is refused; this one started before."""


@health.get("/live")
def live() -> Response:
    """Say that this process answers."""
    return jsonify(status="alive")


@health.get("/ready")
def ready() -> Response:
    """Say whether requests should come here. Without Redis they should: webhooks are taken, the clock finds the rest.

    Also while a newer version has migrated and not started yet: its migration works with the code that runs.
    """
    schema = plugin().schema_state()
    response = jsonify(database="answers", schema=schema.value, queue="answers" if queue_answers() else "away")
    response.status_code = HTTPStatus.OK if schema in SERVED else HTTPStatus.SERVICE_UNAVAILABLE
    return response


@health.get("/metrics")
def metrics() -> Response:
    if not _may_read_metrics():
        raise NotSigned
    return Response(exposition(), content_type=METRICS_CONTENT_TYPE)


def _may_read_metrics() -> bool:
    """With a token by the token; without one from this machine only, and not through a proxy that runs on it."""
    token = plugin().settings.metrics_token.get_secret_value()
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not is_forwarded and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
