"""Settings: everything the environment may decide, read once and frozen.

Read from environment variables, `NAME_FILE` files, `.env` and a directory of secret files, in this order; then handed to
`plugin/bootstrap.py`, which chooses the adapters.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

NEEDED_IN_PRODUCTION = {
    "base_url": "the public https address of this app, such as https://backorder.example.com",
    "secret_key": "at least 32 random characters",
    "client_id": "the app's client id from the developer portal",
    "client_secret": "the app's client secret from the developer portal",
    "database_url": "such as postgresql://user:password@host/backorder",
    "redis_url": "such as redis://host:6379/0",
}
SHORTEST_SECRET = 32
FERNET_KEY_BYTES = 32
LONGEST_SOCKET_PATH = 100


class SettingsInvalid(ValueError):
    """One line per variable that is missing or wrong; values of secrets are never shown."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SecretFiles(PydanticBaseSettingsSource):
    """`NAME_FILE=/path` in the environment, or a file called `NAME` or `name` in the secrets directory."""

    def __init__(self, settings_cls: type[BaseSettings], *, directory: Path | None) -> None:
        super().__init__(settings_cls)
        self._directory = directory

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = variable_name(field_name, field)
        path = self._path_of(name)
        if path is None:
            return None, field_name, False
        try:
            return path.read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise SettingsInvalid([f"{name}_FILE names a file that cannot be read: {error.strerror}"]) from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _path_of(self, name: str) -> Path | None:
        if self._directory is None:
            named = os.environ.get(f"{name}_FILE")
            return Path(named) if named else None
        candidates = (self._directory / name, self._directory / name.lower())
        return next((path for path in candidates if path.is_file()), None)


def _http_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a whole address such as https://host or http://127.0.0.1:8000")
    return value.rstrip("/")


def _url_of(*schemes: str) -> AfterValidator:
    def check(value: str | None) -> str | None:
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must begin with {', '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return AfterValidator(check)


HttpUrl = Annotated[str, AfterValidator(_http_address)]
RedisUrl = Annotated[str, _url_of("redis", "rediss", "unix")]
SmtpUrl = Annotated[str, _url_of("smtp", "smtps")]


class Settings(BaseSettings):
    """The app's settings. Each field is the variable of the same name in capitals; its description is its manual."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, hide_input_in_errors=True, env_ignore_empty=True
    )
    secrets_directory: ClassVar[str] = "/run/secrets"

    environment: Literal["development", "production"] = Field(
        default="development",
        validation_alias="BACKORDER_ENV",
        description="development needs nothing set; production refuses to start without the variables below it.",
    )
    base_url: HttpUrl = Field(
        default="http://127.0.0.1:8000",
        description="Where browsers and BigCommerce reach this app. https in production.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "Signs sessions and links. At least 32 random characters. Several, separated by commas, while rotating: the "
            "first signs, all are accepted. Made and kept in the data directory when empty in development."
        ),
    )
    client_id: str = Field(
        default="backorder-development", description="The app's client id from the BigCommerce developer portal."
    )
    client_secret: SecretStr = Field(
        default=SecretStr("backorder-development-client-secret-0001"),
        description="The app's client secret from the BigCommerce developer portal.",
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="sqlite:///path or postgresql://user:password@host/name. Empty: SQLite in the data directory.",
    )
    redis_url: RedisUrl | None = Field(
        default=None,
        repr=False,
        description="redis://, rediss:// or unix://. Empty: our own server, on a socket in the data directory.",
    )
    data_dir: Path = Field(default=Path("var"), description="Where the embedded database, queue and keys are kept.")
    encryption_keys: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "Fernet keys that encrypt access tokens at rest, separated by commas: the first encrypts, all decrypt. "
            "Empty: derived from SECRET_KEY."
        ),
    )

    api_url: HttpUrl = Field(default="https://api.bigcommerce.com", description="The BigCommerce API.")
    login_url: HttpUrl = Field(
        default="https://login.bigcommerce.com", description="Where authorization codes become access tokens."
    )

    smtp_url: SmtpUrl | None = Field(
        default=None,
        repr=False,
        description=(
            "smtp://user:password@host:587?starttls, or smtps://host:465. Empty: mails wait in the outbox until it is set."
        ),
    )
    mail_from: str = Field(
        default="Backorder <backorder@localhost>", description="The sender of mails whose store has not set its own."
    )

    bounce_address: str = Field(
        default="",
        description=(
            "Where mails come back to that nobody gets, such as bounces@mail.example.com; each mail's own return path is "
            "bounces+…@mail.example.com, so the mailbox must take plus addresses. Empty: they come back to MAIL_FROM, unread."
        ),
    )
    bounce_mailbox_url: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "pop3s:// or imaps://user:password@host of that mailbox, for IMAP /folder behind it if it is not the inbox. "
            "It is emptied every five minutes, so keep it for this alone. "
            "Empty: pipe its mails to `backorder bounce`."
        ),
    )

    web_host: str = Field(default="127.0.0.1", description="The address the web server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port the web server listens on.")
    web_workers: int = Field(default=1, ge=1, le=64, description="Web server processes.")
    web_threads: int = Field(default=16, ge=1, le=256, description="Threads for pages in each web server process.")
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token that /metrics asks for. Empty: /metrics answers loopback only."
    )

    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto is console on a terminal and json elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )

    require_webhook_signature: bool = Field(
        default=True, description="Refuse webhooks without a valid signature. Leave it on."
    )
    webhook_tolerance_seconds: int = Field(
        default=300, ge=1, le=86400, description="How far a webhook's signed time may be from ours."
    )
    webhook_gather_seconds: float = Field(
        default=2,
        ge=0,
        le=60,
        description=(
            "How long a store's first webhook waits for the others of the same change, so that one read serves them all. "
            "0 reads at once, and more often."
        ),
    )
    recheck_seconds: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="How long a stock difference may stay unexplained before it counts as somebody else's write.",
    )
    mail_hold_seconds: int = Field(
        default=900,
        ge=0,
        le=86400,
        description="How long a mail to a shopper waits for further news of their orders.",
    )
    reconcile_minutes: int = Field(
        default=10, ge=1, le=1440, description="How often each store is compared with ours, webhook or not."
    )
    purge_url: HttpUrl | None = Field(default=None, description="Where a cache in front is told of changed offers.")
    purge_style: Literal["plain", "fastly", "cloudflare"] = Field(default="plain", description="Whose call that is.")
    purge_secret: SecretStr = Field(default=SecretStr(""), description="The token of that call.")
    clock_file: Path | None = Field(
        default=None, description="A file holding seconds to add to the clock. For demonstrations; not for production."
    )

    @classmethod
    def from_env(cls, *, env_file: Path | None = Path(".env")) -> Self:
        """Read the settings, or raise SettingsInvalid with one line per bad variable."""
        try:
            return cls(_env_file=env_file)
        except ValidationError as error:
            raise SettingsInvalid(list(_problems(error))) from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  — ours also reads NAME_FILE
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        directory = Path(os.environ.get("SECRETS_DIR", cls.secrets_directory))
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls, directory=None),
            dotenv_settings,
            SecretFiles(settings_cls, directory=directory),
        )

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if scheme in {"postgres", "postgresql"} and separator:
            return f"postgresql+psycopg://{rest}"
        if value and scheme not in {"sqlite", "postgresql+psycopg"}:
            raise ValueError("must begin with sqlite:// or postgresql://")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_fernet_keys(cls, value: SecretStr) -> SecretStr:
        if any(not _is_fernet_key(key) for key in _listed(value)):
            raise ValueError("each key must be 32 bytes in URL-safe base64, as `backorder keys new` prints one")
        return value

    @model_validator(mode="after")
    def _refuse_half_a_production(self) -> Self:
        if self.environment == "production" and (problems := list(self._production_problems())):
            raise ValueError("\n".join(problems))
        return self

    def _production_problems(self) -> Iterator[str]:
        for field, meaning in NEEDED_IN_PRODUCTION.items():
            if field not in self.model_fields_set or not _plain(getattr(self, field)):
                yield f"{field.upper()} is missing: {meaning}."
        if not self.base_url.startswith("https://") and "base_url" in self.model_fields_set:
            yield f"BASE_URL is {self.base_url}: it must begin with https:// in production."
        if any(len(key) < SHORTEST_SECRET for key in _listed(self.secret_key)):
            yield f"SECRET_KEY holds a key shorter than {SHORTEST_SECRET} characters."
        if not self.require_webhook_signature:
            yield "REQUIRE_WEBHOOK_SIGNATURE is false: production takes signed webhooks only."
        if self.purge_url and not self.purge_url.startswith("https://") and _plain(self.purge_secret):
            yield f"PURGE_URL is {self.purge_url}: with PURGE_SECRET it must begin with https:// in production."
        if self.clock_file is not None:
            yield "CLOCK_FILE is set: production runs on real time only."

    @model_validator(mode="after")
    def _fill_in_what_follows(self) -> Self:
        object.__setattr__(self, "data_dir", self.data_dir.absolute())
        if not self.redis_url:
            object.__setattr__(self, "redis_url", f"unix://{quote(str(self.redis_socket))}")
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir / 'backorder.sqlite3'}")
        if not _listed(self.secret_key):
            object.__setattr__(self, "secret_key", SecretStr(_kept_secret(self.data_dir / "secret-key")))
        return self

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def owns_redis(self) -> bool:
        """Whether the queue is our own embedded server, which the launcher starts."""
        return self.redis_url == f"unix://{quote(str(self.redis_socket))}"

    @property
    def redis_socket(self) -> Path:
        """The embedded server's socket; elsewhere when the data directory's path is too long for a socket address."""
        near = self.data_dir / "valkey.sock"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
            return near
        mark = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path(f"/tmp/backorder-{os.getuid()}-{mark}") / "valkey.sock"  # noqa: S108  — a directory only we may open

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """All keys that verify; the first one signs."""
        return _listed(self.secret_key)

    @property
    def fernet_keys(self) -> tuple[bytes, ...]:
        """All keys that decrypt; the first one encrypts."""
        given = _listed(self.encryption_keys)
        return tuple(key.encode() for key in given) or tuple(_derived_key(key) for key in self.secret_keys)


def variable_name(field_name: str, field: FieldInfo) -> str:
    """Return the environment variable that sets this field."""
    return field.validation_alias if isinstance(field.validation_alias, str) else field_name.upper()


def example() -> str:
    """Return the text of `.env.example`: every variable, its meaning and its default."""
    head = "# Made by `backorder settings --example`. Copy to .env and change what you need; nothing is needed to try it.\n"
    return "\n".join([head, *(_example_of(name, field) for name, field in Settings.model_fields.items())])


def _example_of(field_name: str, field: FieldInfo) -> str:
    name = variable_name(field_name, field)
    needed = " Needed in production." if field_name in NEEDED_IN_PRODUCTION else ""
    default = "" if isinstance(field.default, SecretStr) or field.default is None else field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"# {field.description}{needed}\n#{name}={shown}\n"


def _problems(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        message = detail["msg"].removeprefix("Value error, ")
        if not detail["loc"]:
            yield from message.splitlines()
            continue
        name = str(detail["loc"][0]).upper()
        yield f"{name}{_shown(name, detail['input'])}: {message[0].lower()}{message[1:]}."


def _shown(name: str, value: object) -> str:
    for field_name, field in Settings.model_fields.items():
        if variable_name(field_name, field) == name and field.repr and not isinstance(field.default, SecretStr):
            return f" is {value!r}"
    return ""


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


def _listed(value: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.get_secret_value().split(",") if part.strip())


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == FERNET_KEY_BYTES
    except ValueError:
        return False


def _derived_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"backorder: access tokens at rest", "sha256"))


def _kept_secret(path: Path) -> str:
    """Read the development secret, or make it; whoever is first wins, so that all processes share one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        own.write_text(secrets.token_urlsafe(48), encoding="ascii")
        own.chmod(0o600)
        try:
            path.hardlink_to(own)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return path.read_text(encoding="ascii").strip()
