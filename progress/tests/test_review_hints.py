"""What is worth a second look in a report under review."""

import pytest

from progress.workflow import (
    HintKind,
    MeasureContent,
    ReportContent,
    completions_asked_for,
    hints_of,
)
from tasks.models import Status

TEXT = "本期印发年度要点，新增智能算力300P，组织供需对接会两次，服务企业六十余家，签约项目十二个。"
NEARLY = TEXT.replace("300", "320")
OTHER = "完成全部平台的联调测试，通过验收并正式上线运行，累计办理业务一万余笔。"


def report(*measures: tuple[str, str]) -> ReportContent:
    return ReportContent(
        tuple(
            MeasureContent(100 + place, place, status, text)
            for place, (status, text) in enumerate(measures, start=1)
        )
    )


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # Declared unchanged: nothing to say.
        ((Status.IN_PROGRESS, TEXT), (Status.IN_PROGRESS, TEXT), []),
        ((Status.NOT_STARTED, ""), (Status.NOT_STARTED, ""), []),
        ((Status.IN_PROGRESS, TEXT), (Status.IN_PROGRESS, OTHER), []),
        ((Status.IN_PROGRESS, TEXT), (Status.COMPLETED, OTHER), []),
        ((Status.COMPLETED, TEXT), (Status.ONGOING, OTHER), []),
        ((Status.IN_PROGRESS, TEXT), (Status.IN_PROGRESS, NEARLY), ["text_nearly_same"]),
        ((Status.IN_PROGRESS, TEXT), (Status.COMPLETED, NEARLY), ["text_nearly_same"]),
        ((Status.IN_PROGRESS, TEXT), (Status.ONGOING, TEXT), ["status_changed_text_same"]),
        (
            (Status.IN_PROGRESS, TEXT),
            (Status.COMPLETED, TEXT),
            ["completed_saying_nothing_new"],
        ),
        ((Status.NOT_STARTED, ""), (Status.IN_PROGRESS, TEXT), []),
        ((Status.NOT_STARTED, ""), (Status.COMPLETED, TEXT), ["status_jumps"]),
        ((Status.NOT_STARTED, ""), (Status.ONGOING, TEXT), ["status_jumps"]),
        ((Status.COMPLETED, TEXT), (Status.IN_PROGRESS, OTHER), ["status_goes_back"]),
        ((Status.ONGOING, TEXT), (Status.NOT_STARTED, ""), ["status_goes_back"]),
        (
            (Status.COMPLETED, TEXT),
            (Status.IN_PROGRESS, TEXT),
            ["status_changed_text_same", "status_goes_back"],
        ),
        ((Status.IN_PROGRESS, TEXT), (Status.IN_PROGRESS, "推进中。"), ["text_very_short"]),
    ],
)
def test_a_measure_beside_the_one_before(
    before: tuple[str, str], now: tuple[str, str], expected: list[str]
) -> None:
    assert [hint.kind for hint in hints_of(report(now), report(before))] == expected


def test_of_a_first_report_nothing_is_compared() -> None:
    first = report((Status.COMPLETED, TEXT), (Status.IN_PROGRESS, "在做"))
    assert [(h.kind, h.ordinal) for h in hints_of(first, None)] == [(HintKind.TEXT_VERY_SHORT, 2)]


def test_a_measure_that_the_report_before_did_not_know_is_a_first_one() -> None:
    now = report((Status.IN_PROGRESS, TEXT), (Status.COMPLETED, OTHER))
    assert hints_of(now, report((Status.IN_PROGRESS, TEXT))) == ()


def test_each_kind_has_a_sentence_that_names_the_statuses() -> None:
    pairs = [
        ((Status.NOT_STARTED, ""), (Status.COMPLETED, "短")),
        ((Status.COMPLETED, TEXT), (Status.IN_PROGRESS, TEXT)),
        ((Status.IN_PROGRESS, TEXT), (Status.COMPLETED, TEXT)),
        ((Status.IN_PROGRESS, TEXT), (Status.IN_PROGRESS, NEARLY)),
    ]
    hints = [hint for before, now in pairs for hint in hints_of(report(now), report(before))]
    hints += hints_of(report((Status.COMPLETED, TEXT)), None, attached=frozenset())
    assert {hint.kind for hint in hints} == set(HintKind)
    for hint in hints:
        assert hint.sentence
        assert "%" not in hint.sentence
    jump = next(hint for hint in hints if hint.kind == HintKind.STATUS_JUMPS)
    assert str(Status.COMPLETED.label) in jump.sentence


def test_a_completion_without_evidence_is_pointed_at_where_it_is_new() -> None:
    before = report((Status.COMPLETED, TEXT), (Status.IN_PROGRESS, TEXT))
    now = report((Status.COMPLETED, TEXT), (Status.COMPLETED, OTHER))
    bare = [HintKind.COMPLETED_WITHOUT_EVIDENCE]
    [second] = [one.measure_id for one in now.measures if one.ordinal == 2]
    assert [h.kind for h in hints_of(now, before, frozenset())] == bare
    assert hints_of(now, before, frozenset({second})) == ()
    assert hints_of(now, before, frozenset({None})) == ()
    assert hints_of(now, before) == ()


def test_what_is_newly_completed_asks_for_it() -> None:
    before = report((Status.COMPLETED, TEXT), (Status.IN_PROGRESS, TEXT), (Status.ONGOING, TEXT))
    now = report((Status.COMPLETED, TEXT), (Status.COMPLETED, OTHER), (Status.ONGOING, TEXT))
    assert completions_asked_for(now, before) == (2,)
    assert completions_asked_for(now, None) == (1, 2)
    assert completions_asked_for(now, now) == ()
