"""The merchant's screens in four languages: everything is said, in the same gaps, and nothing is left over."""

import re

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from plugin.adapters.wording.screens import SCREENS, ScreenWording

SPEAKERS = SCREENS.parents[2]
TRANSLATED = ("de", "es", "fr")
GAP = re.compile(r"%\((\w+)\)[sr]")


def spoken():
    with (SCREENS.parent / "screens.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    keywords = {**DEFAULT_KEYWORDS, "marked": None, "marked_pair": (1, 2), "said": None, "said_many": (1, 2)}
    found = extract_from_dir(SPEAKERS, method_map=methods, options_map=options, keywords=keywords)
    return {message for _, _, message, _, _ in found}


def in_catalogs(language):
    """Every message of a language, with the file it stands in."""
    found = {}
    for path in sorted((SCREENS / language).glob("*.po")):
        with path.open("rb") as source:
            found.update({m.id: m for m in read_po(source, locale=language, abort_invalid=True) if m.id})
    return found


def forms(text):
    return text if isinstance(text, tuple | list) else (text,)


def test_enough_messages_are_found_for_this_file_to_mean_something():
    assert {"Backorders", "Clear filters", "It was tried for hours without success."} <= spoken()


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogs_hold_just_what_the_screens_say(language):
    translated, wanted = set(in_catalogs(language)), spoken()
    assert sorted(map(str, wanted - translated)) == []
    assert sorted(map(str, translated - wanted)) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_untranslated_or_guessed_or_has_other_gaps(language):
    messages = in_catalogs(language).values()
    assert [m.id for m in messages if m.fuzzy or not all(forms(m.string))] == []
    assert [
        m.id
        for m in messages
        for source, form in zip(forms(m.id), forms(m.string), strict=True)
        if set(GAP.findall(form)) != set(GAP.findall(source))
    ] == []


def test_every_language_of_the_screens_is_spoken():
    wording = ScreenWording()
    assert sorted(wording.languages) == ["de", "en", "es", "fr"]
    said = [wording.language(locale).gettext("Backorders") for locale in ("en-US", "de-AT", "fr", "es-MX", "ja")]
    assert said == ["Backorders", "Nachbestellungen", "Commandes en attente", "Pedidos pendientes", "Backorders"]
