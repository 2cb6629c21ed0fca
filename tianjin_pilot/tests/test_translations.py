"""Every text of the screens is translated into Chinese, and what is compiled is what is written."""

import gettext
import re
import shutil
import subprocess
from pathlib import Path

import polib
import pytest

from tianjin_pilot.messages import BASE_DIR, LANGUAGE, messages_gather

FOLDER = Path("locale") / LANGUAGE / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]|\{[a-z_]*\}")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(BASE_DIR / FOLDER / "django.po"))


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """What `make messages` would make of the sources as they are now."""
    root = tmp_path_factory.mktemp("messages") / "project"
    shutil.copytree(
        BASE_DIR,
        root,
        ignore=shutil.ignore_patterns(
            ".*", "var", "staticfiles", "node_modules", "__pycache__", "tests", "fixtures"
        ),
    )
    messages_gather(root)
    return polib.pofile(str(root / FOLDER / "django.po"))


def test_catalogue_has_the_texts_of_the_sources_and_no_others(
    catalogue: polib.POFile, gathered: polib.POFile
) -> None:
    """Where this fails: `make messages`, translate what is new in django.po, `make messages`."""
    written = {_key(entry) for entry in catalogue}
    used = {_key(entry) for entry in gathered}
    assert used - written == set(), "not in the catalogue"
    assert written - used == set(), "no longer used"


def test_every_text_is_translated(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == [], "guessed by a program"


def test_translations_keep_the_placeholders(catalogue: polib.POFile) -> None:
    # Chinese has one form for every number; it says what the English plural says.
    pairs = [
        (entry.msgid_plural or entry.msgid, translation)
        for entry in catalogue
        for translation in entry.msgstr_plural.values() or [entry.msgstr]
    ]
    assert [pair for pair in pairs if _placeholders(pair[0]) != _placeholders(pair[1])] == []


def test_comments_have_no_line_numbers(catalogue: polib.POFile) -> None:
    """A line added to a file would otherwise change every comment below it."""
    assert [entry.msgid for entry in catalogue if any(line for _, line in entry.occurrences)] == []


def test_compiled_catalogue_is_made_from_the_written_one(tmp_path: Path) -> None:
    compiled = tmp_path / "django.mo"
    subprocess.run(
        ["msgfmt", "--check", "-o", str(compiled), str(BASE_DIR / FOLDER / "django.po")], check=True
    )
    assert _texts(BASE_DIR / FOLDER / "django.mo") == _texts(compiled)


def _key(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def _texts(compiled: Path) -> dict[object, str]:
    """Every text of a compiled catalogue, without its header: that has the time in it."""
    with compiled.open("rb") as file:
        texts = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    texts.pop("", None)
    return texts
