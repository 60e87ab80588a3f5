"""The words of the merchant's screens: for each language a folder of small catalogs, one a screen, apart from the mails'.

English is the source and stands in plugin/web/admin and its templates. docs/screens.md says how words are added; a test
compares the catalogs with the code.
"""

from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from plugin.adapters.wording.catalogs import SOURCE_LANGUAGE, compiled
from plugin.adapters.wording.language import Language, choose_language

UNAMBIGUOUS_ENGLISH = "en-GB"
"""4 Dec 2026 can be read in one way only, wherever English is read."""
SCREENS = Path(__file__).parent / "screens"


class ScreenWording:
    """All languages of the screens."""

    def __init__(self, directory: Path = SCREENS) -> None:
        catalogs = read_screens(directory)
        self.languages = tuple(catalogs)
        self._choose = lru_cache(maxsize=64)(lambda locale: choose_language(locale, catalogs))

    def language(self, locale: str) -> Language:
        language = self._choose(locale)
        return self._choose(UNAMBIGUOUS_ENGLISH) if language.locale.language == SOURCE_LANGUAGE else language


def read_screens(directory: Path = SCREENS) -> Mapping[str, NullTranslations]:
    """Translations by language code; the source language needs none."""
    folders = sorted(path for path in directory.iterdir() if path.is_dir())
    return {SOURCE_LANGUAGE: NullTranslations(), **{path.name: compiled(together(path)) for path in folders}}


def together(folder: Path) -> Catalog:
    """One language's catalogs as one; where two screens say the same, either translation will do."""
    whole = Catalog(locale=folder.name)
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=folder.name, abort_invalid=True):
                if message.id:
                    whole[message.id] = message
    return whole
