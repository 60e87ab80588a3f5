"""The store itself: profile, time, inventory settings, customers, channels, sites, storefront tokens."""

from typing import Any
from zoneinfo import ZoneInfo

from plugin.sandbox.login import sign
from plugin.sandbox.people import Customer
from plugin.sandbox.rest.envelope import Answer, id_list, refuse_unknown_filters, v3_list, v3_one, word_list, zulu
from plugin.sandbox.rest.gate import Call, route
from plugin.sandbox.rest.refusal import missing, v3_refusal
from plugin.sandbox.storefront import Channel

INFORMATION = ("store_v2_information", "store_v2_information_read_only")
CUSTOMERS = ("store_v2_customers", "store_v2_customers_read_only", "store_v2_customers_login")
CHANNELS = ("store_channel_settings", "store_channel_settings_read_only")
SITES = ("store_sites", "store_sites_read_only")
STOREFRONT = ("store_storefront_api", "store_storefront_api_customer_impersonation")


@route("GET", "/v2/time")
def read_time(call: Call) -> Answer:
    return Answer(200, {"time": int(call.world.clock.timestamp()) + call.world.switches.time_skew_seconds})


@route("GET", "/v2/store", scopes=INFORMATION)
def read_store(call: Call) -> Answer:
    profile, world = call.store.profile, call.world
    return Answer(
        200,
        {
            "id": call.store.hash,
            "account_uuid": "7c6f2a4e-3a57-4f0e-9e0f-52d0c1a0b7d3",
            "domain": world.public_url.split("://", 1)[1],
            "secure_url": world.storefront_url(call.store),
            "control_panel_base_url": world.panel_url,
            "status": profile.status,
            "name": profile.name,
            "first_name": profile.first_name,
            "last_name": profile.last_name,
            "address": profile.address,
            "country": profile.country,
            "country_code": profile.country_code,
            "phone": profile.phone,
            "admin_email": profile.admin_email,
            "order_email": profile.order_email,
            "favicon_url": "",
            "timezone": timezone_json(call),
            "language": profile.language,
            "currency": profile.currency,
            "currency_symbol": "$",
            "decimal_separator": ".",
            "thousands_separator": ",",
            "decimal_places": 2,
            "currency_symbol_location": "left",
            "weight_units": "KGS",
            "dimension_units": "Centimeters",
            "plan_name": profile.plan_name,
            "plan_level": profile.plan_name,
            "plan_is_trial": False,
            "industry": "Home goods",
            "logo": {},
            "is_price_entered_with_tax": False,
            "store_id": profile.store_id,
            "default_channel_id": 1,
            "default_site_id": 1000,
            "active_comparison_modules": [],
            "features": features_json(),
        },
    )


def features_json() -> dict[str, Any]:
    return {
        "stencil_enabled": True,
        "sitewidehttps_enabled": True,
        "facebook_catalog_id": "",
        "checkout_type": "optimized",
        "wishlists_enabled": True,
        "graphql_storefront_api_enabled": True,
        "shopper_consent_tracking_enabled": False,
        "multi_storefront_enabled": True,
        "storefront_limits": {"active": 3, "total_including_inactive": 4},
    }


def timezone_json(call: Call) -> dict[str, Any]:
    now = call.world.now().astimezone(ZoneInfo(call.store.profile.timezone))
    offset, summer = now.utcoffset(), now.dst()
    assert offset is not None
    shift = int(summer.total_seconds()) if summer else 0
    raw = int(offset.total_seconds()) - shift
    return {
        "name": call.store.profile.timezone,
        "raw_offset": raw,
        "dst_offset": raw + 3600,
        "dst_correction": bool(shift),
        "date_format": {"display": "M jS Y", "export": "M jS Y", "extended_display": "M jS Y @ g:i A"},
    }


@route("GET", "/v3/settings/inventory", scopes=INFORMATION)
def read_inventory_settings(call: Call) -> Answer:
    return v3_one(settings_json(call, the_channel(call)))


def the_channel(call: Call) -> int | None:
    if "channel_id" not in call.args:
        return None
    channels = id_list(call.args, "channel_id") or set()
    channel_id = next(iter(channels), 0)
    if channel_id not in call.store.channels:
        raise v3_refusal(422, f"Channel {channel_id} does not exist.")
    return channel_id


def settings_json(call: Call, channel_id: int | None) -> dict[str, Any]:
    """A channel shows null where it inherits. The backorder prompt exists only with native backorders."""
    values = dict(call.store.settings.values)
    if call.store.native_backorders:
        values.setdefault("backorder_availability_prompt", "")
        values.setdefault("show_backorder_availability_prompt", False)
    if channel_id is None:
        return values
    overrides = call.store.channel_settings.get(channel_id, {})
    return {name: overrides.get(name) for name in values}


@route("PUT", "/v3/settings/inventory", scopes=("store_v2_information",))
def put_inventory_settings(call: Call) -> Answer:
    channel_id, body = the_channel(call), call.object()
    current = settings_json(call, None)
    for name, value in body.items():
        wrong_type = value is not None and not isinstance(value, type(current.get(name)))
        if name not in current or wrong_type or (value is None and channel_id is None):
            raise missing(name, f"{name} is unknown or has the wrong type")
    if channel_id is None:
        call.store.settings.values.update(body)
    else:
        call.store.channel_settings.setdefault(channel_id, {}).update(body)
    return v3_one(settings_json(call, channel_id))


@route("GET", "/v3/settings/storefront/security", scopes=INFORMATION)
def read_security(call: Call) -> Answer:
    defaults = {"csp_header": {"enabled": False, "header_value": ""}, "sitewide_https_enabled": True}
    return v3_one({**defaults, **call.store.security})


@route("GET", "/v3/customers", scopes=CUSTOMERS)
def list_customers(call: Call) -> Answer:
    known = (
        "page", "limit", "id:in", "email:in", "name:like", "name:in", "include", "sort", "customer_group_id:in",
        "company:in", "date_created:min", "date_modified:min", "before", "after", "date_created:max", "channel_ids:in",
    )  # fmt: skip
    refuse_unknown_filters(call.args, call.query, known)
    ids, emails = id_list(call.args, "id:in"), word_list(call.args, "email:in")
    rows = [
        each
        for each in call.store.customers.values()
        if (ids is None or each.id in ids) and (emails is None or each.email in emails)
    ]
    include = call.args.get("include", "")
    return v3_list(call.args, rows, lambda each: customer_json(each, with_addresses="addresses" in include))


def customer_json(customer: Customer, *, with_addresses: bool) -> dict[str, Any]:
    address = customer.address
    shown: dict[str, Any] = {
        "id": customer.id,
        "email": customer.email,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "phone": address.phone,
        "notes": customer.notes,
        "registration_ip_address": "",
        "tax_exempt_category": "",
        "customer_group_id": customer.group_id,
        "date_created": zulu(customer.created_at),
        "date_modified": zulu(customer.created_at),
        "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1,
        "channel_ids": None,
    }
    if with_addresses:
        shown["addresses"] = [
            {
                "id": customer.id,
                "customer_id": customer.id,
                "first_name": address.first_name,
                "last_name": address.last_name,
                "company": address.company,
                "address1": address.street_1,
                "address2": address.street_2,
                "city": address.city,
                "state_or_province": address.state,
                "postal_code": address.zip,
                "country": address.country,
                "country_code": address.country_iso2,
                "phone": address.phone,
                "address_type": "residential",
            }
        ]
    return shown


def channel_json(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.type,
        "platform": channel.platform,
        "status": "active",
        "external_id": "",
        "icon_url": "",
        "is_visible": True,
        "is_listable_from_ui": True,
        "is_enabled": True,
        "date_created": zulu(channel.created_at),
        "date_modified": zulu(channel.created_at),
    }


@route("GET", "/v3/channels", scopes=CHANNELS)
def list_channels(call: Call) -> Answer:
    return v3_list(call.args, list(call.store.channels.values()), channel_json)


def channel_of(call: Call) -> Channel:
    channel = call.store.channels.get(call.ids["channel_id"])
    if channel is None:
        raise call.not_found()
    return channel


@route("GET", "/v3/channels/<int:channel_id>", scopes=CHANNELS)
def read_channel(call: Call) -> Answer:
    return v3_one(channel_json(channel_of(call)))


def site_json(call: Call, channel: Channel) -> dict[str, Any]:
    url = call.world.storefront_url(call.store)
    return {
        "id": channel.site_id,
        "url": url,
        "channel_id": channel.id,
        "created_at": zulu(channel.created_at),
        "updated_at": zulu(channel.created_at),
        "ssl_status": "dedicated",
        "urls": [
            {
                "url": url,
                "type": "primary",
                "created_at": zulu(channel.created_at),
                "updated_at": zulu(channel.created_at),
            }
        ],
        "is_checkout_url_customized": False,
    }


@route("GET", "/v3/channels/<int:channel_id>/site", scopes=SITES)
def read_site_of_channel(call: Call) -> Answer:
    return v3_one(site_json(call, channel_of(call)))


@route("GET", "/v3/sites", scopes=SITES)
def list_sites(call: Call) -> Answer:
    return v3_list(call.args, list(call.store.channels.values()), lambda channel: site_json(call, channel))


@route("GET", "/v3/channels/<int:channel_id>/active-theme", scopes=CHANNELS)
def read_theme(call: Call) -> Answer:
    channel_of(call)
    return v3_one({"active_theme_configuration_uuid": "5f1c2e5e-0d0a-4e53-9f26-4b54d1d6e6a1"})


@route("POST", "/v3/storefront/api-token", scopes=STOREFRONT)
def create_storefront_token(call: Call) -> Answer:
    body = call.object()
    if ("channel_id" in body) == ("channel_ids" in body) or not isinstance(body.get("expires_at"), int):
        raise missing("channel_id")
    if len(body.get("allowed_cors_origins") or []) > 2:
        raise missing("allowed_cors_origins", "at most two origins")
    claims = {"iss": "bc", "sub": call.client_id, "sid": call.store.profile.store_id, "eat": body["expires_at"]}
    token = sign(claims, call.store.hash, "HS256")
    return Answer(200, {"data": {"token": token}, "meta": {}})
