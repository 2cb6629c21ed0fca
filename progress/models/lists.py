"""How people like the lists: which columns they keep, and which filters they saved under a name."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models import AGENCY_ROLES, User


class ListPage(models.TextChoices):
    """The lists that can be narrowed, each a page of its own."""

    TASKS = "tasks", _("Pilot tasks")
    MEASURES = "measures", _("Measures")


class ListColumns(models.Model):
    """The columns that a person keeps for a list; without a row the list has its own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_columns"
    )
    page = models.CharField(_("list"), max_length=20, choices=ListPage.choices)
    # Names divided by commas, in the order of the list; those that always stand are not named.
    columns = models.CharField(_("columns"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("columns of a list")
        verbose_name_plural = _("columns of lists")
        ordering: ClassVar = ["owner", "page"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="columns_once_a_person_and_list", fields=["owner", "page"])
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.page}"


class SavedListQuerySet(models.QuerySet["SavedList"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and those that colleagues share.

        Colleagues are the people of the same agency, and coordinators, leaders and auditors among
        themselves. Administrators have no lists.
        """
        if not user.is_active or user.is_administrator:
            return self.none()
        if user.works_for_an_agency:
            colleagues = Q(owner__agency=user.agency_id, owner__role__in=AGENCY_ROLES)
        else:
            colleagues = Q(owner__role=user.role)
        return self.filter(Q(owner=user) | (Q(is_shared=True) & colleagues))


class SavedList(models.Model):
    """A list's filters, order and columns under a name: the part of its address after the "?".

    Only `progress.workflow.saved_lists` writes it, each row by its owner alone. Who else reads it
    opens it with what they may see themselves.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_lists"
    )
    page = models.CharField(_("list"), max_length=20, choices=ListPage.choices)
    name = models.CharField(_("name"), max_length=40)
    # As `progress.filters.query_kept` writes it: known parameters, in one order.
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    is_shared = models.BooleanField(_("shared with colleagues"), default=False)
    created_at = models.DateTimeField(_("created"))

    objects = SavedListQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved list")
        verbose_name_plural = _("saved lists")
        ordering: ClassVar = ["page", "name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_saved_list_a_person_list_and_name", fields=["owner", "page", "name"]
            ),
            models.CheckConstraint(
                name="saved_list_page_known", condition=Q(page__in=ListPage.values)
            ),
            models.CheckConstraint(name="a_saved_list_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.page} {self.name}"
