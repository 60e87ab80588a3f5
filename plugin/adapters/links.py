"""Signed, single-purpose addresses for shoppers and suppliers: mails carry them, web/ reads them back with `read`.

A new purpose is one line in `Purpose` and one method below; its text is at once the path and the salt, so that a token
made for one purpose opens nothing else. Tokens name a row and never expire: an opt-out in an old mail has to work.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from plugin.domain.ids import OrderId, ShipmentId, TenantId

Purpose = Literal["waitlist/confirm", "waitlist/leave", "order", "shipment"]
LONGEST_TOKEN = 512


class SignedLinks:
    """`keys`: all that verify; the first one signs, as in the settings."""

    def __init__(self, base_url: str, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("keys is empty; links need at least one secret key to be signed with.")
        if not base_url.isascii():
            raise ValueError(f"base_url is {base_url}; links stand in mail headers, so its host must be in ASCII.")
        self._base_url = base_url.rstrip("/")
        self._keys = list(reversed(keys))  # itsdangerous signs with the last one

    def confirm_waitlist(self, tenant: TenantId, entry: int) -> str:
        return self._link("waitlist/confirm", tenant, entry)

    def leave_waitlist(self, tenant: TenantId, entry: int) -> str:
        return self._link("waitlist/leave", tenant, entry)

    def order_page(self, tenant: TenantId, order: OrderId) -> str:
        """What a shopper was promised, and what they may do about it."""
        return self._link("order", tenant, order)

    def shipment_page(self, tenant: TenantId, shipment: ShipmentId) -> str:
        """Where a supplier confirms or moves the day its goods arrive."""
        return self._link("shipment", tenant, shipment)

    def read(self, purpose: Purpose, token: str) -> tuple[TenantId, int] | None:
        """Whose token it is and which row it names; None for anything we did not sign for this purpose."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            content = self._signer(purpose).loads(token)
        except BadData:
            return None
        match content:
            case [str(tenant), int(row)]:
                return TenantId(tenant), row
            case _:
                return None

    def _link(self, purpose: Purpose, tenant: TenantId, row: int) -> str:
        token = self._signer(purpose).dumps([tenant, row])
        return f"{self._base_url}/s/{purpose}/{token}"

    def _signer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._keys,
            salt=f"backorder link: {purpose}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )
