"""The only writer of saved lists and of kept columns: each person's own."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.models import User
from progress.models import ListColumns, SavedList
from progress.workflow.conflicts import Conflict

# What stands above a list is to be taken in at a glance.
MOST_SAVED = 20


def saved_list_create(
    *, page: str, name: str, query: str, is_shared: bool, by: User, now: dt.datetime
) -> SavedList:
    """Keep a list's filters under a name; returns the row. `query` is what `query_kept` wrote.

    Raises PermissionDenied for administrators, to whom the register is closed, and ValidationError
    for a name that the person has given already or that is none, and from `MOST_SAVED` on.
    """
    if not by.is_active or by.is_administrator:
        raise PermissionDenied(_("Administrators keep accounts and agencies; tasks are not shown."))
    saved = SavedList(
        owner=by,
        page=page,
        name=_tidy(name),
        query=query,
        is_shared=is_shared,
        created_at=now,
    )
    saved.clean_fields(exclude=["owner"])
    if SavedList.objects.filter(owner=by, page=page).count() >= MOST_SAVED:
        raise ValidationError(
            _("You have saved %(count)d lists already; remove one of them first.")
            % {"count": MOST_SAVED}
        )
    with _name_given_once():
        saved.save()
    return saved


def saved_list_change(*, saved: SavedList, name: str, is_shared: bool, by: User) -> None:
    """Give it another name, share it or keep it to oneself; its owner alone.

    Raises PermissionDenied for anybody else, ValidationError as `saved_list_create`, and Conflict
    where it was removed in between.
    """
    _check_owner(saved, by)
    saved.name, saved.is_shared = _tidy(name), is_shared
    saved.clean_fields(exclude=["owner"])
    with _name_given_once():
        # Saving the row would insert it anew where another window has removed it.
        found = SavedList.objects.filter(pk=saved.pk).update(name=saved.name, is_shared=is_shared)
    if not found:
        raise Conflict(_("This list has been removed meanwhile."))


def saved_list_remove(*, saved: SavedList, by: User) -> None:
    """Remove it, by its owner alone; raises PermissionDenied for anybody else."""
    _check_owner(saved, by)
    saved.delete()


def columns_keep(*, page: str, columns: Sequence[str], by: User) -> None:
    """Keep these columns of a list for this person; an empty choice leaves those that are fixed."""
    ListColumns.objects.update_or_create(
        owner=by, page=page, defaults={"columns": ",".join(columns)}
    )


def columns_reset(*, page: str, by: User) -> None:
    """Back to the list's own columns."""
    ListColumns.objects.filter(owner=by, page=page).delete()


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _check_owner(saved: SavedList, by: User) -> None:
    if not by.is_active or saved.owner_id != by.pk:
        raise PermissionDenied(_("Only who saved a list changes or removes it."))


@contextmanager
def _name_given_once() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError(
            {"name": _("You have a list of this name already; choose another.")}
        ) from error
