"""create_app(): Flask with one blueprint per audience, the error table and the headers; web/front.py stands before it."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from plugin.bootstrap import Plugin
from plugin.web.admin.screens import admin
from plugin.web.api_models import LARGEST_ID
from plugin.web.current import PLUGIN, SESSIONS, request_id
from plugin.web.errors import answer_errors
from plugin.web.headers import watch
from plugin.web.health import health
from plugin.web.install import install_routes
from plugin.web.order_page import order_page
from plugin.web.rate_limit import LIMITER, MemoryCounter, SharedCounter
from plugin.web.session import Sessions
from plugin.web.shopper import shopper
from plugin.web.storefront import storefront
from plugin.web.substitutes_api import api
from plugin.web.supplier import supplier

LARGEST_BODY = 1024 * 1024
LONGEST_FORM_PART = 100 * 1024
ONE_YEAR = 365 * 24 * 3600
ZIPPED = frozenset({"text/css", "text/javascript", "application/javascript"})
STATIC = Path(__file__).parent / "static"


class StoreHash(BaseConverter):
    regex = "[A-Za-z0-9_-]{1,64}"


class NumberId(IntegerConverter):
    """An id no database has to be afraid of."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


def create_app(plugin: Plugin) -> Flask:
    """Put the pages and the API around a built plugin."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM_PART,
        MAX_FORM_PARTS=100,
        JSON_SORT_KEYS=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, request_id=request_id)
    app.url_map.converters.update(store=StoreHash, id=NumberId)
    app.extensions[PLUGIN] = plugin
    app.extensions[SESSIONS] = Sessions(plugin.settings.secret_keys, plugin.clock)
    app.extensions[LIMITER] = SharedCounter(plugin.settings.redis_url or "", MemoryCounter())
    watch(app)
    answer_errors(app)
    app.add_url_rule("/static/<path:name>", "static", static)
    for blueprint in (
        install_routes(plugin.manifest.callbacks),
        admin,
        storefront,
        shopper,
        order_page,
        supplier,
        api,
        health,
    ):
        app.register_blueprint(blueprint)
    return app


def static(name: str) -> Response:
    """Files named with the digest of their content may be kept for ever."""
    response = send_from_directory(STATIC, name)
    if response.mimetype in ZIPPED and request.accept_encodings["gzip"]:
        response = Response(zipped(name), mimetype=response.mimetype, headers={"Content-Encoding": "gzip"})
    response.vary.add("Accept-Encoding")
    kept = (
        f"public, max-age={ONE_YEAR}, immutable" if request.args.get("v") == digest_of(name) else "public, max-age=300"
    )
    response.headers["Cache-Control"] = kept
    return response


def asset(name: str, *, versioned: bool = True) -> str:
    """The address of a file in static/; `versioned` false where a style sheet names it too, without a digest."""
    return url_for("static", name=name, v=digest_of(name)) if versioned else url_for("static", name=name)


@cache
def zipped(name: str) -> bytes:
    """Once for each file: only what is the same for everybody, never a page with a token in it."""
    return gzip.compress((STATIC / name).read_bytes(), mtime=0)


@cache
def digest_of(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
