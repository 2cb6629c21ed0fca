"""The documents of which `make screenshots` takes pictures."""

import io
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from openpyxl import load_workbook

from conftest import Cast
from progress.models import ReportingPeriod
from progress.workbooks.brief.layout import BODY, HEI, KAI, SONG, TITLE
from tianjin_pilot.tests import documents

pytestmark = pytest.mark.wide


def test_every_kind_of_brief_and_report_is_among_them(cast: Cast, period: ReportingPeriod) -> None:
    made = dict(documents.documents_made())
    assert list(made) == [
        "brief-report-2026-10.docx",
        "brief-circular-2026-10.docx",
        "report-whole-A3.xlsx",
        "report-chapter-A4.xlsx",
        "report-public-A3.xlsx",
    ]
    for name, content in made.items():
        if name.endswith(".docx"):
            assert Document(io.BytesIO(content)).paragraphs
        else:
            assert len(load_workbook(io.BytesIO(content)).worksheets) == 5


def test_without_libreoffice_it_says_what_to_install_and_leaves_what_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(documents, "FOLDER", tmp_path)
    (tmp_path / "older.png").touch()
    assert "apt-get install libreoffice-writer" in documents.documents_photograph()
    assert (tmp_path / "older.png").exists()


def test_every_official_font_has_a_stand_in() -> None:
    fonts = documents._fonts()
    named = {one.text for one in ET.fromstring(fonts).iter("family")}  # noqa: S314
    assert {BODY, TITLE, HEI, KAI, SONG} <= named
