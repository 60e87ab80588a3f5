"""Every language says everything, with the same gaps to fill in; nothing is left over."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import PoFileError, read_po

from plugin.adapters.wording.catalogs import CATALOGS, read_catalogs
from plugin.adapters.wording.language import choose_language

SPEAKERS = CATALOGS.parents[2]
TRANSLATED = ("de", "es", "fr")
GAP = re.compile(r"%\((\w+)\)s")
COUNTS = (0, 1, 2, 5, 11, 21, 1000)


def spoken():
    """Every message in the code and the templates: the words, or the pair of singular and plural."""
    with (CATALOGS.parent / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    found = extract_from_dir(SPEAKERS, method_map=methods, options_map=options, strip_comment_tags=False)
    return {message for _, _, message, _, _ in found}


def in_catalog(language):
    with (CATALOGS / f"{language}.po").open("rb") as source:
        return {message.id: message for message in read_po(source, locale=language) if message.id}


def forms(text):
    return text if isinstance(text, tuple | list) else (text,)


def test_there_are_catalogs_for_all_languages_but_the_source():
    assert sorted(read_catalogs()) == ["de", "en", "es", "fr"]


def test_enough_messages_are_found_for_this_file_to_mean_something():
    found = spoken()
    assert "Ships %(window)s" in found
    assert ("%(count)s ships %(window)s", "%(count)s ship %(window)s") in found
    assert "Nothing else is missing." in found
    assert "Leave the list?" in found


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_holds_just_what_is_spoken(language):
    translated, wanted = set(in_catalog(language)), spoken()
    assert sorted(map(str, wanted - translated)) == []
    assert sorted(map(str, translated - wanted)) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_untranslated_or_guessed(language):
    messages = in_catalog(language).values()
    assert [m.id for m in messages if m.fuzzy or not all(forms(m.string))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_in_the_same_gaps(language):
    wrong = [
        m.id
        for m in in_catalog(language).values()
        for source, form in zip(forms(m.id), forms(m.string), strict=True)
        if set(GAP.findall(form)) != set(GAP.findall(source)) or "%" in GAP.sub("", form)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_hold_no_markup(language):
    """They are escaped in HTML and printed raw by some themes: plain words do in both."""
    assert [m.id for m in in_catalog(language).values() if re.search(r"[<>&`\\]", "".join(forms(m.string)))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_has_a_form_for_every_count(language):
    chosen = choose_language(language, read_catalogs())
    plurals = [m.id for m in in_catalog(language).values() if m.pluralizable and "%(count)s" in m.id[0]]
    assert len(plurals) > 10
    for one, many in plurals:
        values = dict.fromkeys(GAP.findall(many), "…")
        texts = {count: chosen.ngettext(one, many, count, **{**values, "count": count}) for count in COUNTS}
        assert [count for count, text in texts.items() if str(count) not in text] == []


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "1 order line is waiting for goods."),
        ("en", 0, "0 order lines are waiting for goods."),
        ("de", 1, "1 Bestellposition wartet auf Ware."),
        ("de", 2, "2 Bestellpositionen warten auf Ware."),
        ("fr", 0, "0 ligne de commande attend de la marchandise."),
        ("fr", 2, "2 lignes de commande attendent de la marchandise."),
        ("es", 1, "1 línea de pedido espera mercancía."),
        ("es", 0, "0 líneas de pedido esperan mercancía."),
    ],
)
def test_plurals_follow_the_rule_of_the_language(language, count, text):
    chosen = choose_language(language, read_catalogs())
    words = "%(count)s order line is waiting for goods.", "%(count)s order lines are waiting for goods."
    assert chosen.ngettext(*words, count) == text


def test_a_broken_catalog_stops_the_start(tmp_path):
    (tmp_path / "de.po").write_text('msgid "Hello,"\nmsgstr "Guten Tag,"\nand more\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        read_catalogs(tmp_path)
