"""A token at rest is unreadable; keys can be exchanged without losing one; a missing key says so."""

import pytest
from cryptography.fernet import Fernet

from plugin.adapters.secrets import FernetCipher
from plugin.services.errors import GiveUp

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()


def test_a_secret_comes_back_and_is_not_seen_at_rest():
    cipher = FernetCipher([OLD])
    at_rest = cipher.encrypt("token-ünï")
    assert cipher.decrypt(at_rest) == "token-ünï"
    assert "token" not in at_rest


def test_the_newest_key_encrypts_and_all_keys_decrypt():
    before = FernetCipher([OLD]).encrypt("token")
    both = FernetCipher([NEW, OLD])
    assert both.decrypt(before) == "token"
    assert FernetCipher([NEW]).decrypt(both.encrypt("token")) == "token"


def test_after_a_rotation_the_old_key_is_no_longer_needed():
    rotated = FernetCipher([NEW, OLD]).rotate(FernetCipher([OLD]).encrypt("token"))
    assert FernetCipher([NEW]).decrypt(rotated) == "token"


@pytest.mark.parametrize("use", ["decrypt", "rotate"])
def test_a_lost_key_is_a_matter_of_configuration(use):
    at_rest = FernetCipher([OLD]).encrypt("token")
    with pytest.raises(GiveUp, match="ENCRYPTION_KEYS") as refused:
        getattr(FernetCipher([NEW]), use)(at_rest)
    assert refused.value.reason == "configuration"
