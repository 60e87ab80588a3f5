"""Shoppers, staff, addresses, and the apps a store knows."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Address:
    first_name: str
    last_name: str
    email: str
    street_1: str = "12 Market Street"
    street_2: str = ""
    company: str = ""
    city: str = "Portland"
    state: str = "Maine"
    zip: str = "04101"
    country: str = "United States"
    country_iso2: str = "US"
    phone: str = ""


@dataclass(slots=True, kw_only=True)
class Customer:
    id: int
    address: Address
    locale: str
    created_at: datetime
    group_id: int = 0
    notes: str = ""

    @property
    def email(self) -> str:
        return self.address.email

    @property
    def name(self) -> str:
        return f"{self.address.first_name} {self.address.last_name}"


@dataclass(slots=True, kw_only=True)
class User:
    """Someone who works in the control panel."""

    id: int
    email: str
    name: str
    locale: str = "en-US"
    is_owner: bool = False


@dataclass(slots=True, kw_only=True)
class Client:
    """An API client: our app, or another one of the same store."""

    id: str
    secret: str
    name: str
    app_url: str
    scopes: tuple[str, ...]
    multi_user: bool = True


@dataclass(slots=True, kw_only=True)
class Token:
    value: str
    client_id: str
    store_hash: str
    scopes: frozenset[str]


@dataclass(slots=True, kw_only=True)
class GrantCode:
    """A one-time code the login host handed to the browser."""

    value: str
    client_id: str
    store_hash: str
    scopes: tuple[str, ...]
    user_id: int
    expires_at: datetime
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Installation:
    client_id: str
    installed_at: datetime
    users: set[int] = field(default_factory=set)
