"""The route table: importing a resource module declares its routes, `rest_blueprint` mounts them."""

import functools

from flask import Blueprint

from plugin.sandbox.rest import gate


@functools.cache
def rest_blueprint() -> Blueprint:
    return gate.mount()
