"""The people who work with the list: one account, one person, one role."""

from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from agencies.models.agencies import Agency, AgencyQuerySet


class Role(models.TextChoices):
    """One account has one role; roles exclude each other (separate duties)."""

    REPORTER = "reporter", _("Reporter")
    APPROVER = "approver", _("Agency approver")
    COORDINATOR = "coordinator", _("Coordinator")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


AGENCY_ROLES: Collection[Role] = (Role.REPORTER, Role.APPROVER)
WITH_AGENCY_SENTENCE = _(
    "Choose an agency for a reporter or approver, and none for any other role."
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account; without a password it cannot sign in until one is set."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def active_at(self, *agencies: Agency | OuterRef) -> models.QuerySet["User"]:
        """Whoever of these agencies (each a row, or a reference to one of an outer query) may sign
        in; nobody else has an agency."""
        of_them = reduce(or_, (Q(agency=agency) for agency in agencies))
        return self.filter(of_them, is_active=True)


class User(AbstractBaseUser):
    """An account: one person, one role. A superuser would go round separate duties: none is."""

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This user name is taken.")},
    )
    name = models.CharField(_("full name"), max_length=50)
    email = models.EmailField(_("e-mail address"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    agency = models.ForeignKey(
        Agency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("agency"),
        help_text=_("For reporters and approvers, whom it is required of; nobody else has one."),
    )
    is_active = models.BooleanField(
        _("may sign in"),
        default=True,
        help_text=_("Untick this when a person leaves; what they did stays on record."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    password_set_at = models.DateTimeField(
        _("password set"),
        null=True,
        editable=False,
        help_text=_("Empty where it is the one that the account was made with."),
    )
    password_is_given = models.BooleanField(
        _("password chosen by another person"),
        default=False,
        # Also for the release before, which makes accounts without a word of it.
        db_default=False,
        editable=False,
        help_text=_("It is then changed before anything else."),
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name", "role"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="reporters_and_approvers_alone_have_an_agency",
                condition=Q(role__in=AGENCY_ROLES, agency__isnull=False)
                | (~Q(role__in=AGENCY_ROLES) & Q(agency__isnull=True)),
                violation_error_message=WITH_AGENCY_SENTENCE,
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_coordinator(self) -> bool:
        return self.role == Role.COORDINATOR

    @property
    def reads_the_whole_list(self) -> bool:
        """Whether they have to do with the list as a whole, and not with what one agency does."""
        return self.role in (Role.COORDINATOR, Role.LEADER, Role.AUDITOR)

    @property
    def reads_registers(self) -> bool:
        """Whether they have a part in what reports carry (matters, extensions, completions,
        results): who reads for audit, or keeps accounts, has none."""
        return self.is_coordinator or self.role == Role.LEADER or self.works_for_an_agency

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def signs_in_by_password(self) -> bool:
        """Whether a password lets them in, or the city's sign-on alone."""
        return self.is_administrator or not settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE

    @property
    def is_auditor(self) -> bool:
        return self.role == Role.AUDITOR

    @property
    def works_for_an_agency(self) -> bool:
        return self.role in AGENCY_ROLES

    @cached_property
    def _agencies(self) -> Sequence[Agency]:
        """Those that concern this person: their own and the bodies that act through it, and all
        that were merged into others. One statement; `agency` is then known too."""
        if not self.works_for_an_agency or self.agency_id is None:
            return ()
        concern = Q(pk=self.agency_id) | Q(acts_through=self.agency_id) | ~Q(successor=None)
        found = list(Agency.objects.filter(concern))
        if not User.agency.is_cached(self):
            self.agency = next(one for one in found if one.pk == self.agency_id)
        return found

    @cached_property
    def agency_ids(self) -> frozenset[int]:
        """The ids of the agencies this person may write for; empty unless reporter or approver."""
        own = self.agency_id
        return frozenset(one.pk for one in self._agencies if own in (one.pk, one.acts_through_id))

    @cached_property
    def agency_ids_of_old(self) -> frozenset[int]:
        """Those, and the agencies that were merged into them: whose earlier words they read."""
        ids = set(self.agency_ids)
        if not ids:
            return frozenset()
        merged = {one.pk: one.successor_id for one in self._agencies if one.successor_id}
        before = 0
        # A successor may have been merged on, so until nothing more is found.
        while before < len(ids):
            before = len(ids)
            ids |= {pk for pk, successor_id in merged.items() if successor_id in ids}
        return frozenset(ids)


def agencies_out_of_reach() -> AgencyQuerySet:
    """Those that stand and have no account, nor whoever they act through, no contact address and no
    group with a robot: of what they owe nobody there can be told."""
    people = User.objects.active_at(OuterRef("pk"), OuterRef("acts_through"))
    return Agency.objects.standing().filter(~Exists(people), contact_email="", robot=None)
