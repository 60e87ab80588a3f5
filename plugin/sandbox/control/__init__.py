"""Everything the panel can do or show as a small HTTP API: any script can be the world. See `/sandbox/openapi.json`.

`operations` declares, checks and documents; the other modules each hold the operations of one subject.
"""

from flask import Blueprint

from plugin.sandbox.control.openapi import blueprint_of_operations


def control_blueprint() -> Blueprint:
    return blueprint_of_operations()
