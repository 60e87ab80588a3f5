"""Being a merchant or the platform: stores, their settings and goods, and the life of the app in them."""

from datetime import datetime
from typing import Any

from plugin.sandbox import login
from plugin.sandbox.actions.refusals import NotThere
from plugin.sandbox.control.operations import Act, BadRequest, Field, operation
from plugin.sandbox.control.shapes import product_state, store_state
from plugin.sandbox.events import product_event, sku_event

STORE = "/stores/<store_hash>"
APP = {
    "client_id": Field("string", "Which app; ours without it."),
    "user_id": Field("integer", "Who clicks; the owner."),
}
SEEDS = ("full", "small", "empty")


@operation(
    "POST",
    "/stores",
    "Open another store.",
    body={
        "hash": Field("string", required=True),
        "seed": Field("string", "full, small or empty; small without it."),
        "native_backorders": Field("boolean", "true without it."),
    },
    status=201,
)
def open_store(act: Act) -> Any:
    store_hash, seed = act.body["hash"], act.body.get("seed", "small")
    if store_hash in act.world.stores or not store_hash.isalnum():
        raise BadRequest(f"'hash' must be new and made of letters and digits, not {store_hash!r}.")
    if seed not in SEEDS:
        raise BadRequest(f"'seed' cannot be {seed!r}. Allowed: {', '.join(SEEDS)}.")
    native = act.body.get("native_backorders", True)
    return store_state(act.world.add_store(store_hash, seed=seed, native_backorders=native))


@operation(
    "PUT",
    STORE,
    "Change a store: its native backorders, its profile.",
    body={
        "native_backorders": Field("boolean"),
        "name": Field("string"),
        "timezone": Field("string"),
        "language": Field("string"),
        "country_code": Field("string"),
        "order_email": Field("string"),
        "admin_email": Field("string"),
    },
)
def change_store(act: Act) -> Any:
    with act.world.acting():
        body = dict(act.body)
        act.store.native_backorders = body.pop("native_backorders", act.store.native_backorders)
        for name, value in body.items():
            setattr(act.store.profile, name, value)
        if body:
            act.world.emit(act.store, "store/information/updated", {"type": "store"})
        return store_state(act.store)


@operation(
    "PUT",
    f"{STORE}/inventory-settings",
    "Change when stock moves and what happens at zero, globally or for a channel.",
    body={
        "channel_id": Field("integer"),
        "update_stock_behavior": Field("string", "order_placed or order_completed_or_shipped."),
        "edit_order_stock_adjustment": Field("boolean"),
        "refund_order_stock_adjustment": Field("boolean"),
        "product_out_of_stock_behavior": Field("string"),
        "option_out_of_stock_behavior": Field("string"),
        "stock_level_display": Field("string"),
    },
)
def change_inventory_settings(act: Act) -> Any:
    with act.world.acting():
        values = dict(act.body)
        channel_id = values.pop("channel_id", None)
        if values.get("update_stock_behavior", "order_placed") not in ("order_placed", "order_completed_or_shipped"):
            raise BadRequest("'update_stock_behavior' must be order_placed or order_completed_or_shipped.")
        target = (
            act.store.settings.values if channel_id is None else act.store.channel_settings.setdefault(channel_id, {})
        )
        target.update(values)
        return store_state(act.store)


@operation(
    "PUT",
    f"{STORE}/products/<int:product_id>",
    "Change a product as a merchant or an ERP does.",
    body={
        "name": Field("string"),
        "sku": Field("string"),
        "inventory_tracking": Field("string", "none, product or variant."),
        "availability": Field("string", "available, disabled or preorder."),
        "availability_description": Field("string"),
        "preorder_message": Field("string"),
        "preorder_release_date": Field("string", "An ISO 8601 moment."),
        "is_visible": Field("boolean"),
    },
)
def change_product(act: Act) -> Any:
    with act.world.acting():
        product = act.store.products.get(act.ids["product_id"])
        if product is None:
            raise NotThere(f"There is no product {act.ids['product_id']}.")
        check_product(act.body)
        for name, value in act.body.items():
            setattr(product, name, datetime.fromisoformat(value) if name == "preorder_release_date" else value)
        product.modified_at = act.world.now()
        product_event(act.world, act.store, product)
        return product_state(act.store, product)


def check_product(body: dict[str, Any]) -> None:
    choices = {
        "inventory_tracking": ("none", "product", "variant"),
        "availability": ("available", "disabled", "preorder"),
    }
    for name, options in choices.items():
        if name in body and body[name] not in options:
            raise BadRequest(f"{name!r} cannot be {body[name]!r}. Allowed: {', '.join(options)}.")


@operation("DELETE", f"{STORE}/products/<int:product_id>", "Delete a product; its orders stay.")
def delete_product(act: Act) -> Any:
    with act.world.acting():
        product = act.store.products.get(act.ids["product_id"])
        if product is None:
            raise NotThere(f"There is no product {act.ids['product_id']}.")
        act.store.drop_product(product)
        product_event(act.world, act.store, product, "deleted")
        for variant in product.variants:
            sku_event(act.world, act.store, variant, "deleted")
        return {"deleted": product.id}


@operation(
    "PUT",
    "/app",
    "Say where the app answers, and under which id and secret.",
    body={"url": Field("string"), "client_id": Field("string"), "client_secret": Field("string")},
)
def change_app(act: Act) -> Any:
    with act.world.acting():
        app = act.world.app
        app.app_url = act.body.get("url", app.app_url).rstrip("/")
        app.secret = act.body.get("client_secret", app.secret)
        if "client_id" in act.body:
            act.world.clients.pop(app.id)
            app.id = act.body["client_id"]
            act.world.clients[app.id] = app
        return {"client_id": app.id, "url": app.app_url, "scopes": list(app.scopes)}


@operation("POST", f"{STORE}/install-url", "The app's auth callback with a fresh code: open it to install.", body=APP)
def install_url(act: Act) -> Any:
    return {"url": login.install_url(act.world, act.store, **act.body)}


@operation(
    "POST",
    f"{STORE}/load-url",
    "The app's load callback with a fresh signed payload: open it to use the app.",
    body={**APP, "path": Field("string", "The deep link; / without it.")},
)
def load_url(act: Act) -> Any:
    return {"url": login.load_url(act.world, act.store, **act.body)}


@operation("POST", f"{STORE}/uninstall", "Uninstall the app; says whether it answered the callback.", body=APP)
def uninstall(act: Act) -> Any:
    return {"answered": login.uninstall(act.world, act.store, **act.body)}


@operation(
    "POST",
    f"{STORE}/remove-user",
    "Take a user's access to the app away.",
    body={"user_id": Field("integer", required=True), "client_id": APP["client_id"]},
)
def remove_user(act: Act) -> Any:
    body = dict(act.body)
    return {"answered": login.remove_user(act.world, act.store, body.pop("user_id"), **body)}


@operation("POST", f"{STORE}/token", "A fresh API token for an app without the install dance; its old one dies.", body={
    "client_id": APP["client_id"], "scopes": Field("array", "The app's own scopes without it."),
})  # fmt: skip
def issue_token(act: Act) -> Any:
    login.find_client(act.world, act.body.get("client_id"))
    scopes = act.body.get("scopes")
    token = act.world.issue_token(
        act.store, client_id=act.body.get("client_id"), scopes=None if scopes is None else tuple(scopes)
    )
    return {"access_token": token.value, "scopes": sorted(token.scopes)}


@operation("DELETE", f"{STORE}/hooks/<int:hook_id>", "Remove an app's hook behind its back.")
def delete_hook(act: Act) -> Any:
    with act.world.acting():
        if act.store.hooks.pop(act.ids["hook_id"], None) is None:
            raise NotThere(f"There is no hook {act.ids['hook_id']}.")
        return {"deleted": act.ids["hook_id"]}


@operation("DELETE", f"{STORE}/scripts/<script_uuid>", "Remove an app's script, as a merchant may.")
def delete_script(act: Act) -> Any:
    with act.world.acting():
        if act.store.scripts.pop(act.ids["script_uuid"], None) is None:
            raise NotThere(f"There is no script {act.ids['script_uuid']}.")
        return {"deleted": act.ids["script_uuid"]}
