"""The route table: importing a resource module declares its routes, `rest_blueprint` mounts them."""

import functools

from flask import Blueprint

from plugin.sandbox.rest import (
    catalog,
    extensions,
    gate,
    hooks,
    information,
    inventory,
    locations,
    metafield_routes,
    order_parts,
    orders,
    refunds,
    scripts,
    variants,
)

RESOURCES = (
    information, orders, order_parts, refunds, metafield_routes, catalog, variants, inventory, locations, hooks, scripts,
    extensions,
)  # fmt: skip


@functools.cache
def rest_blueprint() -> Blueprint:
    return gate.mount()
