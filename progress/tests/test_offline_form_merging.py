"""Three texts of one cell: what only one side changed holds, and a person decides on the rest."""

from hypothesis import given
from hypothesis import strategies as st

from progress.workflow.sheets import Outcome, outcome

# Few words, so that they often are the same.
WORDS = st.sampled_from(["", "甲", "乙", "丙", "丁"])


def held(result: Outcome, says: str, stored: str) -> str | None:
    """What is stored in the end; None where a person is asked."""
    if result == Outcome.ASKED:
        return None
    return says if result == Outcome.TAKEN else stored


@given(WORDS, WORDS, WORDS)
def test_of_a_form_that_comes_back_for_the_first_time_what_one_side_changed_holds(
    original: str, says: str, stored: str
) -> None:
    result = outcome(original=original, last=original, says=says, stored=stored)
    changed = {text for text in (says, stored) if text != original}
    if len(changed) > 1:
        assert result == Outcome.ASKED
    else:
        assert held(result, says, stored) == (changed.pop() if changed else original)


@given(WORDS, WORDS, WORDS, WORDS)
def test_nobodys_words_are_overwritten_unasked(
    original: str, last: str, says: str, stored: str
) -> None:
    result = outcome(original=original, last=last, says=says, stored=stored)
    if result == Outcome.TAKEN:
        # What is overwritten is what this very file said before, and it does say something new.
        assert stored == last
        assert says not in (stored, original)
    if result == Outcome.STAYS:
        assert says == last
    if result == Outcome.AGREES:
        assert says == stored


@given(WORDS, WORDS, WORDS, WORDS)
def test_the_same_file_confirmed_twice_changes_nothing_more(
    original: str, last: str, says: str, stored: str
) -> None:
    first = outcome(original=original, last=last, says=says, stored=stored)
    for decided in [says, stored] if first == Outcome.ASKED else [held(first, says, stored)]:
        assert decided is not None
        again = outcome(original=original, last=says, says=says, stored=decided)
        assert again in (Outcome.AGREES, Outcome.STAYS)


def test_who_writes_on_in_the_file_is_in_conflict_with_nobody() -> None:
    assert outcome(original="甲", last="乙", says="丙", stored="乙") == Outcome.TAKEN


def test_an_older_copy_of_the_file_takes_nothing_back_unasked() -> None:
    assert outcome(original="甲", last="乙", says="甲", stored="乙") == Outcome.ASKED
