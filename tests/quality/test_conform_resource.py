"""The encoding of a file is the one that frictionless finds, though nobody asks for its language."""

from __future__ import annotations

import codecs
import subprocess
import sys

import pytest
from chardet import detector
from frictionless import Detector
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quality.conform.frictionless.resource import LeanDetector

WORDS = "Café Fülle Øre Straße Łódź – Größe £5, naïve Ångström;“quoted”\tЖизнь 東京 日本語 한국어"
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "cp1251", "shift_jis", "euc-kr", "cp437")


@given(st.lists(st.sampled_from(WORDS.split()), max_size=40), st.sampled_from(ENCODINGS), st.integers(0, 3))
@settings(deadline=None, max_examples=200)
def test_every_encoding_as_frictionless_finds_it(words: list[str], encoding: str, cut: int) -> None:
    text = "\r\n".join(words).encode(encoding, errors="ignore")
    assert found_by(LeanDetector(), text[cut:]) == found_by(Detector(), text[cut:])


@given(st.binary(max_size=400))
@example(b"\x1b$B~{+AGE-")
@example(codecs.BOM_UTF16_BE)
@settings(deadline=None, max_examples=200)
def test_any_bytes(text: bytes) -> None:
    assert found_by(LeanDetector(), text) == found_by(Detector(), text)


def test_what_is_said_is_taken_as_frictionless_takes_it() -> None:
    assert LeanDetector().detect_encoding(b"\xff\xfe", encoding="UTF8") == "utf-8"


def test_chardet_is_itself_again_afterwards() -> None:
    whole = vars(detector)["run_pipeline"]
    LeanDetector().detect_encoding("Café".encode())
    assert vars(detector)["run_pipeline"] is whole


def test_another_chardet_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chardet.pipeline.orchestrator", None)
    text = "Café".encode("cp1252")
    assert found_by(LeanDetector(), text) == found_by(Detector(), text)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_no_models_of_languages_are_loaded() -> None:
    code = (
        "import sys, chardet\n"
        "from frictionless import Detector\n"
        "from quality.conform.frictionless.resource import LeanDetector\n"
        "pages = lambda: int(open('/proc/self/statm').read().split()[1])\n"
        "finder = (LeanDetector if sys.argv[1] == 'lean' else Detector)()\n"
        "before = pages()\n"
        "finder.detect_encoding('Café;Straße;Ångström'.encode() * 99)\n"
        "print(pages() - before)"
    )
    lean, whole = (
        int(subprocess.run([sys.executable, "-c", code, kind], capture_output=True, text=True, check=True).stdout)
        for kind in ("lean", "whole")
    )
    assert lean < whole / 4


def found_by(finder: Detector, text: bytes) -> str:
    """The encoding, or what the finder breaks off with."""
    try:
        return str(finder.detect_encoding(text))
    except LookupError as error:
        return repr(error)
