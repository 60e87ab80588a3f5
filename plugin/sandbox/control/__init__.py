"""Everything the panel can do or show as a small HTTP API: any script can be the world. See `/sandbox/openapi.json`."""

from flask import Blueprint


def control_blueprint() -> Blueprint:
    return Blueprint("control", __name__)
