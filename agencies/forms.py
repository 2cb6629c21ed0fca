"""What people type on the account pages, checked before the writers of `accounts` are called."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.account_rules import is_with_agency_as_its_role_is
from agencies.models import WITH_AGENCY_SENTENCE, Agency, AgencyKind, Role, TokenAccess, User


class AgencyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of agencies; one that has ended says so where it is offered at all."""

    def label_from_instance(self, obj: Any) -> str:
        return agency_label(obj)


def agency_label(agency: Agency) -> str:
    """How a list to choose from names an agency."""
    if agency.has_ended:
        return _("%(agency)s (ended)") % {"agency": agency.name}
    return agency.name


class AccountFilter(forms.Form):
    """What narrows the list of accounts; each is optional."""

    q = forms.CharField(label=_("User name or name"), required=False)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("All roles")), *Role.choices]
    )
    agency = AgencyField(
        label=_("Agency"),
        required=False,
        # One that has ended has no accounts: they went to its successor.
        queryset=Agency.objects.standing(),
        empty_label=_("All agencies"),
    )


class PasswordPair(forms.Form):
    """A new password typed twice; both left empty asks for a generated one."""

    password = forms.CharField(
        label=_("Initial password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave both fields empty to have one generated and shown once."),
    )
    password_again = forms.CharField(
        label=_("Initial password again"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A password that was refused already is not compared: it stands under its own error.
        if cleaned.get("password", cleaned.get("password_again")) != cleaned.get("password_again"):
            self.add_error("password_again", _("The two passwords differ."))
        return cleaned


class PasswordSetForm(PasswordPair):
    """An administrator's new password for somebody else."""

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["password"].label = _("New password")
        self.fields["password_again"].label = _("New password again")

    def clean_password(self) -> str:
        return _strong(self.cleaned_data["password"], self.account)


# Generic for type checkers alone: the class itself takes no parameter when the program runs.
class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who an account belongs to and what it may do."""

    class Meta:
        model = User
        fields: ClassVar = ["name", "role", "agency", "email", "is_active"]
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)
        agency.empty_label = _("No agency")
        agency.queryset = Agency.objects.filter(
            Q(pk__in=Agency.objects.standing()) | Q(pk=self.instance.agency_id)
        )
        if self.instance.pk == by.pk:
            # The writer refuses these as well; a control that can only fail is not offered.
            for name in ("role", "agency", "is_active"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Another administrator has to change this.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role, agency = cleaned.get("role"), cleaned.get("agency")
        # The database holds the rule; here it is told at the field where it is put right.
        if role and "agency" in cleaned and not is_with_agency_as_its_role_is(role, agency):
            self.add_error("agency", WITH_AGENCY_SENTENCE)
        return cleaned


class AccountCreateForm(PasswordPair, AccountForm):
    """A new account: who, what role, and the password for the first time."""

    class Meta(AccountForm.Meta):
        fields: ClassVar = ["username", "name", "role", "agency", "email"]
        widgets: ClassVar = {
            "username": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
            **AccountForm.Meta.widgets,
        }

    field_order = ("username", "name", "role", "agency", "email", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE:
            self.fields["password"].help_text = _(
                "Of administrators alone; everybody else signs in by the city's sign-on. Leave "
                "both fields empty to have one generated and shown once."
            )

    def clean_password(self) -> str:
        cleaned = self.cleaned_data
        return _strong(
            cleaned["password"],
            User(
                username=cleaned.get("username", ""),
                name=cleaned.get("name", ""),
                email=cleaned.get("email", ""),
            ),
        )


class TokenForm(forms.Form):
    """A new key to the API for oneself."""

    name = forms.CharField(
        label=_("Name"),
        max_length=50,
        help_text=_("What uses the key, such as the name of the other system."),
    )
    access = forms.ChoiceField(label=_("Access"), choices=TokenAccess.choices)
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("1 year"))],
        initial=90,
    )


class DayField(forms.DateField):
    """A day, written as browsers read the value of a date field, whatever the language."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class OtherSpellings(forms.CharField):
    """Names, one a line, as a list without empty lines."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]


class AgencyForm(forms.Form):
    """What an administrator may change of an agency."""

    short_name = forms.CharField(label=_("Short name"), max_length=30)
    contact_email = forms.EmailField(
        label=_("Contact address"),
        required=False,
        help_text=_("Where reminders go while nobody of the agency has an account."),
    )
    aliases = OtherSpellings(
        label=_("Other spellings to add"),
        required=False,
        help_text=_("One a line: other names under which the list may name this agency."),
    )


class AgencyCreateForm(AgencyForm):
    """A new agency, before a revised list that names it is imported."""

    name = forms.CharField(label=_("Full name"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=AgencyKind.choices)
    valid_from = DayField(
        label=_("Set up on"),
        required=False,
        help_text=_("Of an agency that a reform has set up; empty where that is not known."),
    )

    field_order = ("name", "short_name", "kind", "valid_from", "contact_email", "aliases")


class ChangeForm(forms.Form):
    """Since when an agency is another one, by which document, and why."""

    effective_on = DayField(label=_("Effective on"))
    document = forms.CharField(
        label=_("Document number"),
        max_length=100,
        required=False,
        help_text=_("Of the decision, such as 津党办发〔2026〕12号."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2})
    )


class RenameForm(ChangeForm):
    """Another name for an agency."""

    name = forms.CharField(label=_("New full name"), max_length=100)
    short_name = forms.CharField(label=_("New short name"), max_length=30)

    field_order = ("name", "short_name", "effective_on", "document", "reason")


class MergeForm(ChangeForm):
    """Into which agency one is merged."""

    successor = AgencyField(
        label=_("Successor"), queryset=Agency.objects.none(), empty_label=_("Choose an agency")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("successor", "effective_on", "document", "reason")

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = self.fields["successor"]
        assert isinstance(successor, AgencyField)
        offered = Agency.objects.standing().exclude(kind=AgencyKind.COLLECTIVE)
        successor.queryset = offered.exclude(pk=agency.pk)


class ContactsForm(forms.Form):
    """By whom and where an agency is found; all of it may stay empty."""

    leader = forms.CharField(label=_("Leader in charge"), max_length=50, required=False)
    leader_email = forms.EmailField(
        label=_("Leader’s e-mail address"),
        required=False,
        help_text=_(
            "What the agency is long late with is told here too; from when on, the reporting rules "
            "say."
        ),
    )
    office = forms.CharField(label=_("Office in charge"), max_length=100, required=False)
    office_address = forms.CharField(label=_("Office address"), max_length=200, required=False)
    telephone = forms.CharField(
        label=_("Telephone"),
        max_length=50,
        required=False,
        validators=[
            RegexValidator(
                r"^[0-9０-９+()（）\-－—~、，,;；/\s转分机]*$",
                _("Write digits, and 转 before an extension; several are divided by 、."),
            )
        ],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


def _strong(password: str, account: User) -> str:
    """The password as it is, "" for one to be generated; ValidationError for a weak one."""
    if password:
        validate_password(password, user=account)
    return password
