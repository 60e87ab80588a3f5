"""Access tokens at rest: encrypted with the first key, readable with all of them, so that keys can be exchanged."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.services.errors import GiveUp


class FernetCipher:
    """`keys` as `Settings.fernet_keys` gives them, newest first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, secret: str) -> str:
        return self._keys.encrypt(secret.encode()).decode("ascii")

    def decrypt(self, encrypted: str) -> str:
        try:
            return self._keys.decrypt(encrypted.encode("ascii")).decode()
        except InvalidToken as error:
            raise _wrong_keys() from error

    def rotate(self, encrypted: str) -> str:
        """The same secret, encrypted anew with the newest key."""
        try:
            return self._keys.rotate(encrypted.encode("ascii")).decode("ascii")
        except InvalidToken as error:
            raise _wrong_keys() from error


def _wrong_keys() -> GiveUp:
    return GiveUp(
        "configuration",
        "A stored secret cannot be decrypted with the keys given: ENCRYPTION_KEYS (or SECRET_KEY, where it is empty) "
        "lacks the key it was encrypted with. Put the old key back after the new one.",
    )
