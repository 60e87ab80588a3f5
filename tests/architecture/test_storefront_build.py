"""The storefront script's build is current, small, and what its names and hashes say. Node is not needed to know it."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from tests.architecture.sources import ROOT

FOLDER = ROOT / "plugin/web/static/storefront"
BUILD = json.loads((FOLDER / "build.json").read_text(encoding="utf-8"))
LARGEST = {"backorder": 4850, "search": 400, "cart": 2850, "waitlist": 1100}
"""Bytes as they travel, compressed. The first is what every page loads, and all that lists and product pages need."""


def test_all_pieces_are_built():
    assert set(BUILD) == set(LARGEST)


def test_all_sources_are_in_a_build():
    sources = {path.name for path in FOLDER.glob("*.js") if path.name.count(".") == 1}
    assert sources == {name for piece in BUILD.values() for name in piece["sources"]}


@pytest.mark.parametrize("name", LARGEST)
def test_a_piece_was_built_from_the_source_that_is_here(name):
    source = b"".join((FOLDER / each).read_bytes() for each in BUILD[name]["sources"])
    assert BUILD[name]["source"] == hashlib.sha256(source).hexdigest(), "run node build.mjs in the script's folder"


@pytest.mark.parametrize("name", LARGEST)
def test_a_piece_is_named_and_guarded_by_its_content(name):
    content = (FOLDER / BUILD[name]["file"]).read_bytes()
    kind, _, digest = BUILD[name]["integrity"].partition("-")
    assert kind in {"sha256", "sha384"}
    assert digest == base64.b64encode(hashlib.new(kind, content).digest()).decode()
    assert BUILD[name]["file"] == f"{name}.{re.sub(r'[^A-Za-z0-9]', '', digest[:16])}.js"


@pytest.mark.parametrize("name", LARGEST)
def test_a_piece_lies_beside_itself_packed_as_small_as_browsers_take_it(name):
    """What is in it is Chromium's to say: the browser tests load these."""
    packed = FOLDER / f"{BUILD[name]['file']}.br"
    assert 0 < packed.stat().st_size < weight(name)


def weight(name):
    return len(gzip.compress((FOLDER / BUILD[name]["file"]).read_bytes(), 9))


@pytest.mark.parametrize("name", LARGEST)
def test_a_piece_is_small(name):
    assert weight(name) <= LARGEST[name]


def test_the_script_names_its_other_pieces_with_their_hashes():
    script = (FOLDER / BUILD["backorder"]["file"]).read_text(encoding="utf-8")
    for name in set(BUILD) - {"backorder"}:
        assert f'{name}:"{BUILD[name]["integrity"].partition("-")[2].rstrip("=")}"' in script


def test_the_script_keeps_its_hands_off():
    """No markup from outside, no code from strings, nothing kept in the browser, nothing of the page wrapped."""
    for name in {each for piece in BUILD.values() for each in piece["sources"]}:
        source = (FOLDER / name).read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "document.cookie",
            "Storage",
            "window.fetch =",
        ):
            assert word not in source, f"{name} uses {word}"
