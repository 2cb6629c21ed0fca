"""WHO: the agencies that answer for tasks, the people who work in them, and their API tokens."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord


class AgencyKind(models.TextChoices):
    MUNICIPAL = "municipal", _("Municipal department")
    PARTY = "party", _("Party body")
    CENTRAL = "central", _("Central agency's branch in Tianjin")
    ZONE = "zone", _("Zone committee")
    COURT = "court", _("Court")
    ENTERPRISE = "enterprise", _("Enterprise")
    INSTITUTION = "institution", _("Public institution")
    COLLECTIVE = "collective", _("Collective body")


class AgencyQuerySet(models.QuerySet["Agency"]):
    def standing(self) -> Self:
        """Without those that have ended: what may be chosen for anything new."""
        return self.filter(valid_to=None)

    def visible_to(self, user: "User") -> Self:
        """Agencies are part of the register, and administrators keep them: everybody reads them."""
        return self if user.is_active else self.none()

    def spoken_for_by(self, agency_id: int | None) -> Self:
        """The agency itself and the collective bodies that act through it."""
        if agency_id is None:
            return self.none()
        return self.filter(Q(pk=agency_id) | Q(acts_through=agency_id))


class Agency(models.Model):
    """An agency under its canonical name; other spellings are `AgencyAlias`."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    short_name = models.CharField(_("short name"), max_length=30)
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyKind.choices)
    contact_email = models.EmailField(
        _("contact address"),
        blank=True,
        help_text=_("Where reminders go while nobody of the agency has an account."),
    )
    # Each agency keeps these itself, through its approver.
    leader = models.CharField(_("leader in charge"), max_length=50, blank=True)
    office = models.CharField(_("office in charge"), max_length=100, blank=True)
    office_address = models.CharField(_("office address"), max_length=200, blank=True)
    telephone = models.CharField(_("telephone"), max_length=50, blank=True)
    # Institutional reform: an agency that has ended stays in the history under the name it had.
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    # A body of members is no office with staff: a coordinator says through which agency it acts.
    acts_through = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="acting_for",
        verbose_name=_("acts through"),
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="agency_kind_known", condition=Q(kind__in=AgencyKind.values)
            ),
            models.CheckConstraint(
                name="only_a_collective_body_acts_through_another",
                condition=Q(acts_through=None) | Q(kind=AgencyKind.COLLECTIVE),
            ),
            models.CheckConstraint(
                name="agency_valid_to_after_valid_from",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
            ),
            models.CheckConstraint(
                name="an_agency_with_a_successor_has_ended",
                condition=Q(successor=None) | Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        """Whether another agency has taken its place."""
        return self.valid_to is not None

    def name_on(self, day: dt.date) -> str:
        """The name it had on that day, as far as its changes tell; reads `changes`."""
        change = self._change_after(day)
        return change.old_name if change else self.name

    def short_name_on(self, day: dt.date) -> str:
        """The short name it had on that day; reads `changes`."""
        change = self._change_after(day)
        return change.old_short_name if change else self.short_name

    def _change_after(self, day: dt.date) -> "AgencyChange | None":
        """The first change that came into effect after that day. In Python, for what is fetched."""
        later = [one for one in self.changes.all() if one.effective_on > day]
        return min(later, key=lambda one: (one.effective_on, one.pk), default=None)


class AgencyAlias(models.Model):
    """Another spelling of an agency in the list or in people's mouths."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("agency alias")
        verbose_name_plural = _("agency aliases")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """One account has one role; roles exclude each other (separate duties)."""

    REPORTER = "reporter", _("Reporter")
    APPROVER = "approver", _("Agency approver")
    COORDINATOR = "coordinator", _("Coordinator")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


AGENCY_ROLES: Collection[Role] = (Role.REPORTER, Role.APPROVER)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account; without a password it cannot sign in until one is set."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


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
                violation_error_message=_(
                    "Choose an agency for a reporter or approver, and none for any other role."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_coordinator(self) -> bool:
        return self.role == Role.COORDINATOR

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def works_for_an_agency(self) -> bool:
        return self.role in AGENCY_ROLES

    @cached_property
    def agency_ids(self) -> frozenset[int]:
        """The ids of the agencies this person may write for; empty unless reporter or approver."""
        if not self.works_for_an_agency:
            return frozenset()
        agencies = Agency.objects.spoken_for_by(self.agency_id)
        return frozenset(agencies.values_list("pk", flat=True))

    @cached_property
    def agency_ids_of_old(self) -> frozenset[int]:
        """Those, and the agencies that were merged into them: whose earlier words they read."""
        ids = set(self.agency_ids)
        if not ids:
            return frozenset()
        merged = dict(Agency.objects.exclude(successor=None).values_list("pk", "successor_id"))
        before = 0
        # A successor may have been merged on, so until nothing more is found.
        while before < len(ids):
            before = len(ids)
            ids |= {pk for pk, successor_id in merged.items() if successor_id in ids}
        return frozenset(ids)


class AgencyChangeKind(models.TextChoices):
    RENAMED = "renamed", _("Renamed")
    MERGED = "merged", _("Merged")


class AgencyChange(KeptRecord):
    """That an agency was renamed or merged into another: when, by which document, by whom.

    `old_name` is what history shows for the time before `effective_on`.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyChangeKind.choices)
    old_name = models.CharField(_("name before"), max_length=100)
    old_short_name = models.CharField(_("short name before"), max_length=30)
    # The name since, of the agency itself or of the one it was merged into.
    new_name = models.CharField(_("name since"), max_length=100)
    effective_on = models.DateField(_("effective on"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    reason = models.TextField(_("reason"))
    # What moved to the successor: {"tasks": [numbers], "accounts": [user names], …}.
    moved = models.JSONField(_("what moved"), default=dict)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptQuerySet["AgencyChange"].as_manager()

    class Meta:
        verbose_name = _("agency change")
        verbose_name_plural = _("agency changes")
        ordering: ClassVar = ["agency", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="agency_change_kind_known", condition=Q(kind__in=AgencyChangeKind.values)
            ),
            models.CheckConstraint(name="an_agency_change_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.kind} {self.effective_on}"


class TokenAccess(models.TextChoices):
    READ = "read", _("Read only")
    READ_WRITE = "read_write", _("Read and write")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees and revokes their own tokens, nobody another person's."""
        return self.filter(user=user)

    def usable(self, *, now: dt.datetime) -> Self:
        return self.filter(revoked_at=None, user__is_active=True).filter(
            Q(expires_at=None) | Q(expires_at__gt=now)
        )


class ApiToken(models.Model):
    """A person's key to the API. Only its SHA-256 is kept: the key is shown once, when it is made.

    A key is 32 random bytes, which no dictionary holds, so a plain digest is as good as a slow one.
    """

    KEY_PREFIX: ClassVar = "tpt_"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=50)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    access = models.CharField(
        _("access"), max_length=20, choices=TokenAccess.choices, default=TokenAccess.READ
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="token_access_known", condition=Q(access__in=TokenAccess.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def new_key(cls) -> str:
        return cls.KEY_PREFIX + secrets.token_urlsafe(32)
