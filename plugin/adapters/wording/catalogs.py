"""The translations: gettext catalogs beside this file, read and compiled in memory at the start.

English is the source: its words stand in shop.py, in the mail templates and in the pages for shoppers. After a change, for
each language:
    pybabel extract -F plugin/adapters/wording/babel.cfg --no-location --sort-output -o new.pot plugin
    pybabel update -i new.pot -l de -o plugin/adapters/wording/catalogs/de.po --no-fuzzy-matching --ignore-obsolete -w 120
A test compares every catalog with the code, so no word is forgotten.
"""

from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
CATALOGS = Path(__file__).parent / "catalogs"


def read_catalogs(directory: Path = CATALOGS) -> Mapping[str, NullTranslations]:
    """Translations by language code; the source language needs none."""
    translated = {path.stem: _read(path) for path in sorted(directory.glob("*.po"))}
    return {SOURCE_LANGUAGE: NullTranslations(), **translated}


def _read(path: Path) -> GNUTranslations:
    with path.open("rb") as source:
        return compiled(read_po(source, locale=path.stem, abort_invalid=True))


def compiled(catalog: Catalog) -> GNUTranslations:
    binary = BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return GNUTranslations(binary)
