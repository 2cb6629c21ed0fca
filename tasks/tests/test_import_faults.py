"""Bad input is refused with every fault at once, each with its line, and changes nothing."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tasks.importing import import_list
from tasks.listing import ListFaults
from tasks.listing.known_agencies import fixture_agencies
from tasks.tests.official_list import (
    LATER,
    SOURCE,
    WriteList,
    list_with,
    list_without_line,
)
from tasks.tests.test_import_again import everything


def told(path: Path) -> list[str]:
    """The faults that the command names; the last line counts them."""
    with pytest.raises(CommandError) as refused:
        call_command("import_tasks", path)
    assert refused.value.returncode != 0
    *faults, count = str(refused.value).split("\n")
    assert count.startswith(f"{len(faults)} fault")
    return faults


def with_swapped_lines(one: int, other: int) -> str:
    lines = SOURCE.split("\n")
    lines[one - 1], lines[other - 1] = lines[other - 1], lines[one - 1]
    return "\n".join(lines)


NOBODY = 65534

FAULTS: dict[str, tuple[str, list[str]]] = {
    "unknown agency": (
        list_with((213, "市知识产权局", "市发改")),
        ['line 213: agency "市发改" is unknown; did you mean 市发展改革委?'],
    ),
    "unknown agency in a row that crosses a page": (
        list_with((66, "市委金融办", "市委金融班")),
        ['line 66: agency "市委金融班" is unknown; did you mean 市委金融办?'],
    ),
    "agencies divided by another sign": (
        list_with((12, "市数据局、市发展改革委", "市数据局,市发展改革委")),
        ["line 12: agency", "agencies are divided by 、: did you mean 市数据局、市发展改革委?"],
    ),
    "an agency twice": (
        list_with((12, "市发展改革委", "市数据局")),
        ["line 12: task 4 names 市数据局 twice"],
    ),
    "an agency twice in two spellings": (
        list_with((28 - 1, "市数据局", "市发改委")),
        ["line 27: task 14 names 市发展改革委 twice"],
    ),
    "two leads, one missing": (
        list_with((41, "市卫生健康委、市药监局；", "市卫生健康委；")),
        ["line 41: task 22: 双牵头单位 means two leads, but names 1"],
    ),
    "half-width signs about two leads": (
        list_with((41, "；配合单位：", ";配合单位:")),
        ["line 41: task 22:", "write 双牵头单位：A、B；配合单位：C、D with full-width ： and ；"],
    ),
    "a number twice, so that one is missing": (
        list_with((41, "22\t", "23\t")),
        [
            "line 41: task number 22 is missing before 23",
            "line 42: task number 23 stands twice, here and on line 41",
        ],
    ),
    "a number missing": (
        list_without_line(41),
        ["line 41: task number 22 is missing before 23"],
    ),
    "numbers out of order": (
        with_swapped_lines(8, 9),
        ["line 8: task number 3 is out of order"],
    ),
    "a number far too high is one slip": (
        list_with((41, "22\t", "222\t")),
        ["line 41: task number 222 is out of order", "line 42: task number 22 is missing"],
    ),
    "a full-width digit": (
        list_with((8, "2\t", "２\t")),
        ['line 8: "２" is not the number of a task; write 2'],
    ),
    "spaces about a number": (
        list_with((12, "4\t", " 4 \t")),
        ['line 12: " 4 " is not the number of a task; write 4'],
    ),
    "a leading zero": (
        list_with((12, "4\t", "04\t")),
        ['line 12: "04" is not the number of a task; write 4'],
    ),
    "a number that is none": (
        list_with((12, "4\t", "four\t")),
        ['line 12: "four" is not the number of a task; did you mean 4?'],
    ),
    "a chapter twice, so that one is missing": (
        list_with((28, "二、", "三、")),
        [
            "line 28: chapter 2 is missing before 3",
            "line 49: chapter 3 stands twice, here and on line 28",
        ],
    ),
    "chapters out of order": (
        list_with((28, "二、", "三、"), (49, "三、", "二、")),
        ["line 28: chapter 3 is out of order"],
    ),
    "a chapter missing": (
        list_without_line(49),
        ["line 77: chapter 3 is missing before 4"],
    ),
    "a chapter without its numeral": (
        list_with((49, "三、", "")),
        ['line 49: "推进金融领域国际合作" is neither the number of a task nor the heading'],
    ),
    "a chapter with a numeral that is none": (
        list_with((49, "三、", "三十十、")),
        ['line 49: "三十十、推进金融领域国际合作" is neither'],
    ),
    "a chapter without title": (
        list_with((49, "推进金融领域国际合作", "")),
        ["line 49: chapter 3 has no title"],
    ),
    "a chapter title too long to store": (
        list_with((49, "推进", "推进" * 200)),
        ["line 49: the title of chapter 3 has 408 characters"],
    ),
    "a chapter heading with other cells": (
        list_with((49, "合作\t", "合作\t市商务局")),
        ["line 49: the heading of chapter 3 has other cells"],
    ),
    "a chapter without tasks": (
        SOURCE + "\n十五、另外的事\t\t\t",
        ["line 237: chapter 15 has no task"],
    ),
    "a task before any chapter": (
        list_without_line(6),
        ["line 6: task 1 stands before any chapter", "line 27: chapter 1 is missing before 2"],
    ),
    "too few cells": (
        list_with((9, "3\t", "3")),
        ["line 9: this row has 3 cells instead of 4"],
    ),
    "too few cells in a row that goes on": (
        list_with((26, "\t度。", "度。")),
        ["line 26: this row has 3 cells instead of 4"],
    ),
    "too many cells": (
        list_with((12, "4\t", "4\t\t")),
        ["line 12: this row has 5 cells instead of 4"],
    ),
    "a line outside the table": (
        list_with((16, "", "续表")),
        ["line 16: this row has 1 cell instead of 4"],
    ),
    "an empty cell": (
        list_with((29, "市卫生健康委", "")),
        ["line 29: the cell agencies (责任单位) of task 15 is empty"],
    ),
    "a cell that is empty in both pieces of a row": (
        list_with((63, "人民银行天津", ""), (66, "市分行、市委金融办", " ")),
        ["line 63: the cell agencies (责任单位) of task 37 is empty"],
    ),
    "a row that goes on with a task before there is one": (
        list_with((7, "1\t", "\t")),
        [
            "line 7: this row has no number, so it goes on with a task, but there is none",
            "line 8: task number 1 is missing before 2",
        ],
    ),
    "a chapter's first row goes on with the chapter before": (
        list_with((29, "15\t", "\t"), (30, "16\t", "15\t")),
        [
            "line 29: this row has no number, so it goes on with a task, but there is none",
            "line 31: task number 16 is missing before 17",
        ],
    ),
    "columns in another order": (
        list_with((11, "试点任务\t落实举措", "落实举措\t试点任务")),
        ["line 11: the header reads 序号, 落实举措, 试点任务"],
    ),
    "a NUL byte": (
        list_with((9, "限为", "限\0为")),
        ["line 9: a NUL byte stands at character"],
    ),
    "a control character": (
        list_with((9, "限为", "限\x0c为")),
        ["line 9: the control character U+000C stands at character"],
    ),
    "a list of chapters alone": (
        "一、甲\t\t\t\n",
        ["there is no task in this file", "line 1: chapter 1 has no task"],
    ),
    "an empty file": ("", ["there is no task in this file; a list is a table of four columns"]),
    "text without a table": ("你好\n世界\n", ["there is no task in this file"]),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_line(
    content: str, expected: list[str], write_list: WriteList
) -> None:
    faults = told(write_list(content))
    text = "\n".join(faults)
    for part in expected:
        assert part in text
    # A fault more would be one that follows from another: it sends people looking in vain.
    assert len(faults) == sum(part.startswith(("line", "there is no")) for part in expected)
    assert not any(everything())


ENCODINGS: dict[str, tuple[bytes, str]] = {
    "GB18030": (
        SOURCE.encode("gb18030"),
        "offset 2 of the file is not UTF-8; the file looks like GB18030, convert it first: iconv",
    ),
    "UTF-16": (SOURCE.encode("utf-16"), "looks like UTF-16; convert it first: iconv -f UTF-16 "),
    "UTF-16 without mark": (SOURCE.encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    "one damaged byte": (
        SOURCE.encode().replace("统筹".encode(), b"\xe7\xbb\xff", 1),
        "line 12: the byte 0xE7 at offset",
    ),
    "an Excel file": (b"PK\x03\x04" + bytes(50), "not a text file but an Excel, Word or zip file"),
    "a PDF file": (b"%PDF-1.7\n\xe2\xe3", "not a text file but a PDF file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "this is not a list in text form"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "expected"), ENCODINGS.values(), ids=ENCODINGS)
def test_what_is_not_utf8_is_refused_with_the_way_to_convert_it(
    content: bytes, expected: str, write_list: WriteList
) -> None:
    faults = told(write_list(content))
    assert len(faults) == 1
    assert expected in faults[0]
    assert not any(everything())


@pytest.mark.django_db
def test_the_offset_of_a_damaged_byte_is_that_of_the_file(write_list: WriteList) -> None:
    content = b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode()
    offset = content.index("统筹".encode())
    damaged = content[:offset] + b"\xff" + content[offset + 1 :]
    assert f"line 12: the byte 0xFF at offset {offset} of the file" in told(write_list(damaged))[0]


@pytest.mark.django_db
def test_faults_of_other_lines_are_named_beside_a_damaged_one(write_list: WriteList) -> None:
    content = list_with((213, "市知识产权局", "市发改")).encode()
    content = content.replace("市数据局、市发展改革委".encode(), b"\xff\xfe", 1)
    faults = told(write_list(content))
    assert [fault.split(":")[0] for fault in faults] == ["line 12", "line 213"]


@pytest.mark.django_db
def test_every_fault_is_named_at_once_in_order_of_lines(write_list: WriteList) -> None:
    faults = told(
        write_list(
            list_with(
                (8, "2\t", "２\t"),
                (9, "3\t", "3"),
                (29, "市卫生健康委", ""),
                (49, "三、", "四、"),
                (213, "市知识产权局", "市发改"),
                (213, "市财政局", "市财政居"),
            )
        )
    )
    assert [fault.split(":")[0] for fault in faults] == [
        "line 8",
        "line 9",
        "line 29",
        "line 49",
        "line 78",
        "line 213",
        "line 213",
    ]


@pytest.mark.usefixtures("register")
def test_a_bad_revised_list_changes_nothing(write_list: WriteList) -> None:
    before = everything()
    path = write_list(list_with((12, "统筹当地", "统筹全市"), (213, "市知识产权局", "市发改")))
    for dry_run in (False, True):
        with pytest.raises(ListFaults):
            import_list(path=path, now=LATER, dry_run=dry_run)
    assert everything() == before


@pytest.mark.django_db
def test_a_path_without_a_file_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in told(tmp_path / "missing.txt")[0]
    assert "is a folder" in told(tmp_path)[0]
    os.mkfifo(tmp_path / "pipe")
    assert "is no ordinary file" in told(tmp_path / "pipe")[0]


@pytest.mark.django_db
def test_a_file_that_may_not_be_read_is_refused(write_list: WriteList) -> None:
    path = write_list(SOURCE)
    path.chmod(0)
    # Root may read every file, so as root the test reads it with another user's rights.
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    try:
        assert "cannot be read: Permission denied" in told(path)[0]
    finally:
        os.seteuid(user)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("市工信委", "市工业和信息化局"),
        ("市金融办", "市委金融办"),
        ("天津自贸管委会", "天津自贸试验区管委会"),
        ("人民银行天津分行", "中国人民银行天津市分行"),
        ("市文化旅游局", "市文化和旅游局"),
        ("市场监管委", "市市场监管委"),
        ("市交通委", "市交通运输委"),
        ("东疆保税区管委会", "东疆综保区管委会"),
        ("市外事办", "市外办"),
        ("海关", "天津海关"),
        ("市法院", "市高级人民法院"),
        ("市科委", "市科技局"),
        ("市规自局", "市规划资源局"),
        ("市网信办", "市委网信办"),
        ("市商务局按职责分工", "市商务局"),
    ],
)
def test_the_agency_that_was_meant_is_found(slip: str, meant: str, write_list: WriteList) -> None:
    faults = told(write_list(list_with((7, "\t市通信管理局", f"\t{slip}"))))
    assert faults == [f'line 7: agency "{slip}" is unknown; did you mean {meant}?']


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[", "line 1: not valid JSON"),
        ("{}", "holds no list of agencies"),
        ('[{"name": "甲局"}]', "agency 1: an agency reads"),
        (
            '[{"name": "甲局", "short_name": "", "kind": "x", "aliases": []}]',
            'short_name is not text .*\n.*kind "x" is none of municipal',
        ),
        (
            '[{"name": "甲局", "short_name": "甲", "kind": "party", "aliases": ["甲局"]}]',
            'the spelling "甲局" stands twice',
        ),
    ],
)
def test_a_malformed_file_of_agencies_is_refused(
    content: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "agencies.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ListFaults, match=expected):
        fixture_agencies(path)


@pytest.mark.django_db
def test_nothing_is_left_of_an_import_that_fails_while_it_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr("tasks.importing.writes._responsibilities_write", fail)
    with pytest.raises(RuntimeError):
        import_list(now=LATER)
    assert not any(everything())
