"""Settings: nothing needed to try it, nothing forgotten in production."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from plugin.settings import Settings, SettingsInvalid, example

PRODUCTION = {
    "BACKORDER_ENV": "production",
    "BASE_URL": "https://backorder.example.com/",
    "SECRET_KEY": "k" * 32,
    "CLIENT_ID": "id",
    "CLIENT_SECRET": "secret",
    "DATABASE_URL": "postgres://ann:pw@db/backorder",
    "REDIS_URL": "redis://queue:6379/0",
}


def read(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, env_file: Path | None = None) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings.from_env(env_file=env_file)


def problems_of(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        read(monkeypatch, variables)
    return caught.value.problems


def test_defaults_need_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, {"DATA_DIR": str(tmp_path)})
    assert settings.environment == "development"
    assert settings.database_url == f"sqlite:///{tmp_path}/backorder.sqlite3"
    assert settings.redis_url == f"unix://{tmp_path}/valkey.sock"
    assert settings.owns_redis is True


def test_the_development_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first, second = Settings(data_dir=tmp_path), Settings(data_dir=tmp_path)
    assert first.secret_keys == second.secret_keys
    assert len(first.secret_keys[0]) >= 32
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path / "a").secret_keys != Settings(data_dir=tmp_path / "b").secret_keys


def test_production_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, PRODUCTION)
    assert settings.is_production is True
    assert settings.base_url == "https://backorder.example.com"
    assert settings.database_url == "postgresql+psycopg://ann:pw@db/backorder"
    assert settings.owns_redis is False


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"BACKORDER_ENV"}))
def test_production_refuses_to_start_without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems_of(monkeypatch, {key: value for key, value in PRODUCTION.items() if key != name})
    assert problem.startswith(f"{name} is missing: ")


def test_production_names_all_that_is_missing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = problems_of(monkeypatch, {"BACKORDER_ENV": "production"})
    assert [problem.split()[0] for problem in problems] == [
        "BASE_URL", "SECRET_KEY", "CLIENT_ID", "CLIENT_SECRET", "DATABASE_URL", "REDIS_URL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (
            "BASE_URL",
            "http://backorder.example.com",
            "BASE_URL is http://backorder.example.com: it must begin with https",
        ),
        ("SECRET_KEY", f"{'k' * 32},short", "SECRET_KEY holds a key shorter than 32 characters."),
        ("REQUIRE_WEBHOOK_SIGNATURE", "false", "REQUIRE_WEBHOOK_SIGNATURE is false"),
        ("CLOCK_FILE", "/tmp/clock", "CLOCK_FILE is set"),
    ],
)
def test_production_refuses(name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = problems_of(monkeypatch, PRODUCTION | {name: value})
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("PORT", "abc", "PORT is 'abc': input should be a valid integer, unable to parse string as an integer."),
        ("PORT", "70000", "PORT is '70000': input should be less than or equal to 65535."),
        (
            "BASE_URL",
            "shop",
            "BASE_URL is 'shop': must be a whole address such as https://host or http://127.0.0.1:8000.",
        ),
        ("DATABASE_URL", "mysql://ann:pw@db/x", "DATABASE_URL: must begin with sqlite:// or postgresql://."),
        ("REDIS_URL", "http://ann:pw@queue", "REDIS_URL: must begin with redis://, rediss://, unix://."),
        ("ENCRYPTION_KEYS", "pw", "ENCRYPTION_KEYS: each key must be 32 bytes in URL-safe base64, as "),
        ("BACKORDER_ENV", "staging", "BACKORDER_ENV is 'staging': input should be 'development' or 'production'."),
    ],
)
def test_a_bad_value_is_named_and_a_secret_one_is_not_shown(
    name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = problems_of(monkeypatch, {name: value})
    assert found.startswith(problem)
    assert "pw" not in found


def test_the_environment_wins_over_files_and_files_over_env_file_and_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("CLIENT_ID=from-env-file\nMAIL_FROM=from-env-file\nLOG_LEVEL=debug\nUNKNOWN=1\n")
    (tmp_path / "mail").write_text("from-named-file\n")
    directory = tmp_path / "secrets"
    directory.mkdir()
    for name in ("client_id", "MAIL_FROM", "log_level", "METRICS_TOKEN"):
        (directory / name).write_text("warning\n")
    variables = {
        "CLIENT_ID": "from-environment",
        "MAIL_FROM_FILE": str(tmp_path / "mail"),
        "SECRETS_DIR": str(directory),
    }
    settings = read(monkeypatch, variables, env_file=env_file)
    assert (settings.client_id, settings.mail_from, settings.log_level) == (
        "from-environment",
        "from-named-file",
        "debug",
    )
    assert settings.metrics_token.get_secret_value() == "warning"


def test_a_secret_file_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = problems_of(monkeypatch, {"SECRET_KEY_FILE": "/nonexistent"})
    assert problems == ["SECRET_KEY_FILE names a file that cannot be read: No such file or directory"]


def test_after_rotating_the_secret_key_what_was_encrypted_before_can_be_read() -> None:
    old = Settings(secret_key="a" * 32)
    new = Settings(secret_key=f"{'b' * 32}, {'a' * 32}")
    sealed = Fernet(old.fernet_keys[0]).encrypt(b"token")
    assert MultiFernet([Fernet(key) for key in new.fernet_keys]).decrypt(sealed) == b"token"
    assert new.secret_keys[0] == "b" * 32


def test_given_encryption_keys_are_used_as_they_are() -> None:
    key = Fernet.generate_key()
    assert Settings(encryption_keys=key.decode()).fernet_keys == (key,)


def test_secrets_are_not_in_the_settings_own_words() -> None:
    settings = Settings(
        secret_key="s3cret" * 8, database_url="postgresql://a:s3cret@h/d", redis_url="redis://:s3cret@h"
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


def test_the_example_names_every_variable_once() -> None:
    lines = [
        line
        for line in example().splitlines()
        if line.startswith("#") and "=" in line and " " not in line.split("=")[0]
    ]
    assert len(lines) == len(Settings.model_fields)
    assert "#BASE_URL=http://127.0.0.1:8000" in lines
    assert "#SECRET_KEY=" in lines
