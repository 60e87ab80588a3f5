"""The login host: install, the token endpoint, and the signed calls to an app's load, uninstall and remove_user.

Pages call `install_url`, `load_url`, `uninstall` and `remove_user`; an app only ever sees the routes and the callbacks.
"""

import base64
import hmac
import json
import secrets
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import urllib3
from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from plugin.sandbox.actions.refusals import NotThere, Refused
from plugin.sandbox.people import Client, GrantCode, Installation, User
from plugin.sandbox.store import Store
from plugin.sandbox.world import World

ACCOUNT_UUID = "7c6f2a4e-3a57-4f0e-9e0f-52d0c1a0b7d3"
CODE_LIVES = timedelta(minutes=10)
DAY_SECONDS = 86_400

blueprint = Blueprint("login", __name__)


# What pages and scripts call.


def install_url(
    world: World, store: Store, *, client_id: str | None = None, user_id: int | None = None, external: bool = False
) -> str:
    """The app's auth callback with a fresh one-time code: what a browser is sent to on install or re-authorization."""
    client = find_client(world, client_id)
    user = find_user(store, user_id)
    code = GrantCode(
        value=secrets.token_hex(16),
        client_id=client.id,
        store_hash=store.hash,
        scopes=client.scopes,
        user_id=user.id,
        expires_at=world.now() + CODE_LIVES,
    )
    with world.lock:
        world.codes[code.value] = code
    query = {
        "code": code.value,
        "scope": " ".join(client.scopes),
        "context": f"stores/{store.hash}",
        "account_uuid": ACCOUNT_UUID,
    }
    if external:
        query["external_install"] = "true"
    return f"{client.app_url}/auth?{urlencode(query)}"


def load_url(
    world: World, store: Store, *, client_id: str | None = None, user_id: int | None = None, path: str = "/"
) -> str:
    """The app's load callback as the control panel opens it in the iframe."""
    client = find_client(world, client_id)
    payload = signed_payload(world, store, client, find_user(store, user_id), path=path)
    installation = store.installations.get(client.id)
    if installation is not None:
        installation.users.add(find_user(store, user_id).id)
    return f"{client.app_url}/load?{urlencode({'signed_payload_jwt': payload})}"


def uninstall(world: World, store: Store, *, client_id: str | None = None, user_id: int | None = None) -> bool:
    """Take the app out: hooks, panels and auto_uninstall scripts go, the token dies, then the app is told, if it is at all.

    True when the app was called and answered.
    """
    client = find_client(world, client_id)
    user = find_user(store, user_id)
    with world.acting():
        if not user.is_owner:
            raise Refused(f"{user.email} may not uninstall apps.")
        payload = signed_payload(world, store, client, user)
        world.revoke_tokens(store, client_id=client.id)
        store.installations.pop(client.id, None)
        store.hooks = {key: hook for key, hook in store.hooks.items() if hook.client_id != client.id}
        store.extensions = {key: each for key, each in store.extensions.items() if each.client_id != client.id}
        store.scripts = {
            key: script
            for key, script in store.scripts.items()
            if script.client_id != client.id or not script.auto_uninstall
        }
    if not world.switches.uninstall_callback:
        return False
    return call_app(client, "uninstall", payload)


def remove_user(world: World, store: Store, user_id: int, *, client_id: str | None = None) -> bool:
    """Take a user's access to the app away and tell the app. True when it answered."""
    client = find_client(world, client_id)
    user = find_user(store, user_id)
    installation = store.installations.get(client.id)
    if installation is not None:
        installation.users.discard(user.id)
    return call_app(client, "remove_user", signed_payload(world, store, client, user))


def signed_payload(world: World, store: Store, client: Client, user: User, *, path: str = "/") -> str:
    """`signed_payload_jwt` by the switches: algorithm, audience, a clock that runs ahead, an old payload."""
    switches = world.switches
    issued = int(world.clock.timestamp()) + switches.jwt_ahead_seconds - switches.jwt_age_hours * 3600
    owner = next(each for each in store.users.values() if each.is_owner)
    claims = {
        "aud": client.id if switches.jwt_audience == "right" else "another-app",
        "iss": "bc",
        "iat": issued,
        "nbf": issued - 5,
        "exp": issued + DAY_SECONDS,
        "jti": str(uuid.uuid4()),
        "sub": f"stores/{store.hash}",
        "user": {"id": user.id, "email": user.email, "locale": user.locale},
        "owner": {"id": owner.id, "email": owner.email},
        "url": path,
        "channel_id": None,
    }
    return sign(claims, client.secret, switches.jwt_algorithm)


def sign(claims: dict[str, Any], secret: str, algorithm: str) -> str:
    """A JSON Web Token, made by hand: the app's library must not be judged by itself."""
    parts = [{"alg": algorithm, "typ": "JWT"}, claims]
    content = ".".join(unpadded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    if algorithm == "none":
        return f"{content}."
    digest = {"HS256": "sha256", "HS512": "sha512"}[algorithm]
    return f"{content}.{unpadded(hmac.digest(secret.encode(), content.encode(), digest))}"


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def call_app(client: Client, callback: str, payload: str) -> bool:
    """A server-side GET; whatever the app answers is ignored, and there is no retry."""
    url = f"{client.app_url}/{callback}?{urlencode({'signed_payload_jwt': payload})}"
    try:
        with urllib3.PoolManager() as pool:
            return pool.request("GET", url, timeout=10, retries=False).status < 400
    except urllib3.exceptions.HTTPError:
        return False


def find_client(world: World, client_id: str | None) -> Client:
    if client_id is None:
        return world.app
    if client_id not in world.clients:
        raise NotThere(f"There is no app with client id {client_id}.")
    return world.clients[client_id]


def find_user(store: Store, user_id: int | None) -> User:
    if user_id is None:
        return next(user for user in store.users.values() if user.is_owner)
    if user_id not in store.users:
        raise NotThere(f"There is no user {user_id}.")
    return store.users[user_id]


# What browsers and apps call.


def the_world() -> World:
    world = current_app.extensions["sandbox"].world
    assert isinstance(world, World)
    return world


@blueprint.get("/oauth2/authorize")
@blueprint.get("/app/<client_id>/install")
def begin_install(client_id: str | None = None) -> WerkzeugResponse | tuple[str, int]:
    """`?store=` names the store, the first one without it; `?external=1` is the button on a foreign page."""
    world = the_world()
    store = world.stores.get(request.args.get("store", world.first_store.hash))
    if store is None:
        return "There is no such store.", 404
    try:
        url = install_url(
            world,
            store,
            client_id=client_id or request.args.get("client_id"),
            external=bool(request.args.get("external")),
        )
    except NotThere as problem:
        return str(problem), 404
    return redirect(url)


@blueprint.get("/app/<client_id>/install/<any(succeeded, failed):outcome>")
def end_install(client_id: str, outcome: str) -> str:
    name = find_client(the_world(), client_id).name
    return f"<!doctype html><title>{name}</title><p>The installation has {outcome}. You can close this window.</p>"


@blueprint.post("/oauth2/token")
def exchange() -> Response:
    """One code, one token. The exchange completes the install and kills the token the app had before."""
    world = the_world()
    sent = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    with world.lock:
        problem, code = judge(world, sent if isinstance(sent, dict) else {})
        if code is None:
            return refuse(world, problem)
        code.used = True
        store = world.stores[code.store_hash]
        token = world.issue_token(store, client_id=code.client_id, scopes=code.scopes)
        installed = Installation(client_id=code.client_id, installed_at=world.now(), users={code.user_id})
        store.installations[code.client_id] = installed
    user = store.users[code.user_id]
    owner = find_user(store, None)
    return answer(
        200,
        {
            "access_token": token.value,
            "scope": " ".join(code.scopes),
            "user": {"id": user.id, "username": user.email, "email": user.email},
            "owner": {"id": owner.id, "username": owner.email, "email": owner.email},
            "context": f"stores/{store.hash}",
            "account_uuid": ACCOUNT_UUID,
        },
    )


def judge(world: World, sent: dict[str, Any]) -> tuple[str, GrantCode | None]:
    client = world.clients.get(str(sent.get("client_id")))
    if client is None or not secrets.compare_digest(client.secret.encode(), str(sent.get("client_secret")).encode()):
        return "invalid_client", None
    if sent.get("grant_type") != "authorization_code":
        return "unsupported_grant_type", None
    if sent.get("redirect_uri") != f"{client.app_url}/auth":
        return "redirect_uri_mismatch", None
    code = world.codes.get(str(sent.get("code")))
    if code is None or code.used or code.client_id != client.id or code.expires_at < world.now():
        return "invalid_grant", None
    return "", code


def refuse(world: World, problem: str) -> Response:
    status = 401 if problem == "invalid_client" else 400
    match world.switches.token_error_body:
        case "empty":
            return Response(status=status)
        case "html":
            return Response("<html><body>Bad request</body></html>", status=status, mimetype="text/html")
        case _:
            return answer(status, {"error": problem})


def answer(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
