"""The app's registration, read from `manifest.json`: install asks for, and registers, exactly what stands there."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

PLACES = (Path(__file__).parent / "manifest.json", Path(__file__).parent.parent / "manifest.json")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
LocalPath = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_./-]*$")]
DeepLink = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_./-]*\$\{id\}[a-z0-9_./-]*$", max_length=255)]
ScopeName = Annotated[str, StringConstraints(pattern=r"^store_[a-z0-9_]+$")]
TopicName = Annotated[str, StringConstraints(pattern=r"^store/[A-Za-z0-9_*/]+$")]


class ManifestInvalid(ValueError):
    """manifest.json cannot be used; names the place in it and what is wrong there."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OauthScope(_Part):
    name: ScopeName
    reason: Text


class Callbacks(_Part):
    auth: LocalPath
    load: LocalPath
    uninstall: LocalPath
    remove_user: LocalPath


class WebhookScope(_Part):
    """One topic; an optional one may be unknown to a store, and its registration may then fail."""

    name: TopicName
    optional: bool = False


class Webhooks(_Part):
    path: LocalPath
    scopes: tuple[WebhookScope, ...] = Field(min_length=1)


class StorefrontScript(_Part):
    name: Text
    description: Text
    location: Literal["head", "footer"]
    load_method: Literal["default", "async", "defer"]
    visibilities: tuple[Literal["storefront", "order_confirmation"], ...] = Field(min_length=1)
    consent_category: Literal["essential", "functional"]


class Panel(_Part):
    """An app extension: one of our pages, beside the control panel's own page of an order or a product."""

    model: Literal["ORDERS", "PRODUCTS"]
    label: Text
    url: DeepLink


class Manifest(_Part):
    """Identity, OAuth scopes, callback paths, webhooks, the storefront script and the panels."""

    name: Text
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]+$")]
    version: int = Field(ge=1)
    summary: Text
    multi_user: bool
    oauth_scopes: tuple[OauthScope, ...] = Field(min_length=1)
    callbacks: Callbacks
    webhooks: Webhooks
    storefront_script: StorefrontScript
    panels: tuple[Panel, ...] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        names = [scope.name for scope in self.oauth_scopes] + [scope.name for scope in self.webhooks.scopes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return self

    @property
    def scope_string(self) -> str:
        """The OAuth scopes as the authorization request wants them."""
        return " ".join(scope.name for scope in self.oauth_scopes)


def parse(text: str) -> Manifest:
    """Read a manifest, or raise ManifestInvalid with one line per problem."""
    try:
        return Manifest.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise ManifestInvalid(f"manifest.json is not JSON: {error}") from error
    except ValidationError as error:
        lines = (
            f"manifest.json, {'.'.join(map(str, detail['loc'])) or 'whole'}: {detail['msg']}"
            for detail in error.errors()
        )
        raise ManifestInvalid("\n".join(lines)) from error


@cache
def load() -> Manifest:
    """Return this app's manifest: beside the package when installed from a wheel, at the top of a clone otherwise."""
    path = next(place for place in PLACES if place.is_file())
    return parse(path.read_text(encoding="utf-8"))
