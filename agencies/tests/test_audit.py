"""The audit trail: every act leaves an entry, in the order in which it could be read."""

import datetime as dt
import hashlib
import threading

import pytest
from django.apps import apps
from django.db import connections, transaction

from agencies.audit import (
    Note,
    audit_note,
    audit_notes,
    audited,
    changed_after,
    entries_seal,
    state_of_the_trail,
)
from agencies.kept import KeptRecordError
from agencies.models import Agency, AuditEntry, User
from agencies.tokens import token_create, token_revoke
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import handed_in, task_numbered
from tianjin_pilot.tests.traces import ABOUT, UNTOLD


def numbered() -> list[tuple[int | None, str]]:
    return list(AuditEntry.objects.order_by("position").values_list("position", "act"))


def test_every_table_of_ours_is_told_of_or_says_why_not() -> None:
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ("agencies", "tasks", "progress")
    }
    assert ours == {*ABOUT, *UNTOLD}
    assert not set(ABOUT) & set(UNTOLD)


def test_an_entry_holds_what_was_and_what_is(cast: Cast) -> None:
    agency = Agency.objects.get(name="市数据局")
    with audited("agency.change", agency, by=cast.administrator, now=NOW):
        agency.short_name = "数据"
        agency.valid_from = dt.date(2018, 11, 1)
        agency.save()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.at, entry.by, entry.act) == (NOW, cast.administrator, "agency.change")
    assert (entry.kind, entry.thing) == ("agency", agency.pk)
    assert entry.changes == {
        "short_name": ["数据局", "数据"],
        "valid_from": [None, "2018-11-01"],
    }


def test_what_changes_nothing_leaves_no_entry(cast: Cast) -> None:
    agency = Agency.objects.get(name="市数据局")
    before = AuditEntry.objects.count()
    with audited("agency.change", agency, by=cast.administrator, now=NOW):
        agency.save()
    assert AuditEntry.objects.count() == before


def test_texts_are_held_as_length_and_digest_and_secrets_not_at_all(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    [raised] = AuditEntry.objects.filter(act="matter.raise")
    digest = hashlib.sha256("请协调用地指标".encode()).hexdigest()
    assert raised.changes["text"] == [None, {"length": 7, "sha256": digest}]
    audit_note("user.create", cast.reporter, by=None, now=NOW)
    token, key = token_create(
        user=cast.reporter, name="平台", access="read", expires_at=None, now=NOW
    )
    token_revoke(token=token, by=cast.reporter, now=NOW)
    acts = AuditEntry.objects.filter(kind="apitoken").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["token.create", "token.revoke"]
    everything = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    for secret in (key, token.digest, User.objects.get(pk=cast.reporter.pk).password, "请协调"):
        assert secret not in everything


def test_an_entry_is_written_once(cast: Cast) -> None:
    audit_note("user.create", cast.reporter, by=None, now=NOW)
    entry = AuditEntry.objects.latest("pk")
    with pytest.raises(KeptRecordError):
        entry.save()
    with pytest.raises(KeptRecordError):
        entry.delete()


def test_what_is_rolled_back_was_never_done(cast: Cast) -> None:
    before = AuditEntry.objects.count()
    with transaction.atomic():
        audit_note("user.create", cast.reporter, by=None, now=NOW)
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before


def test_positions_go_on_from_each_other_and_stay(cast: Cast) -> None:
    first = entries_seal()
    audit_note("user.create", cast.reporter, by=None, now=NOW)
    audit_note("user.create", cast.approver, by=None, now=NOW)
    state = state_of_the_trail()
    assert entries_seal() == first + 2
    assert state_of_the_trail() != state
    before = numbered()
    assert entries_seal() == first + 2
    assert numbered() == before
    assert [position for position, _act in before] == list(range(1, first + 3))
    assert set(changed_after(User, first)) == {cast.reporter.pk, cast.approver.pk}
    assert list(changed_after(User, first + 2)) == []


def test_changes_that_have_no_position_yet_are_found_too(cast: Cast) -> None:
    last = entries_seal()
    audit_notes([Note("user.change", cast.leader, after={"name": "新名"})], by=None, now=NOW)
    assert list(changed_after(User, last)) == [cast.leader.pk]


def test_the_state_of_the_trail_is_one_statement(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    entries_seal()
    with django_assert_num_queries(1):  # type: ignore[operator]
        state_of_the_trail()


# On SQLite one transaction writes at a time, and the order is given.
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_an_act_that_takes_long_is_numbered_behind_what_was_read_before_it(cast: Cast) -> None:
    """A reader of the feed has read up to the quick act; the slow one must come behind it, though
    its row was written first."""
    written, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            audit_note("user.slow", cast.reporter, by=None, now=NOW)
            written.set()
            assert go_on.wait(60)
        connections.close_all()

    slow = threading.Thread(target=slowly)
    slow.start()
    assert written.wait(60)
    audit_note("user.quick", cast.approver, by=None, now=NOW)
    read = entries_seal()
    go_on.set()
    slow.join(60)
    assert entries_seal() == read + 1
    assert [act for _position, act in numbered()][-2:] == ["user.quick", "user.slow"]
