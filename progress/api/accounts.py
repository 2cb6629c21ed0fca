"""Accounts as administrators keep them, and one's own tokens."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.accounts import (
    account_change,
    account_create,
    account_password_set,
    accounts_visible_to,
    password_generated,
)
from agencies.authentication import SignedInWithinAccess
from agencies.locking import agencies_lock
from agencies.locking_out import account_unlock
from agencies.models import Agency, ApiToken, Role, TokenAccess, User
from agencies.sessions import sessions_end
from agencies.tokens import token_revoke
from progress.api.bodies import StrictSerializer
from progress.api.errors import ProblemSerializer
from progress.api.listed import Listed
from progress.api.named import agency_named, whole
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import AdministratorsOnly
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.filters.office import AccountListFilter

AGENCY = _("The id of the agency that a reporter or approver works for; null for all others.")


class AccountSerializer(serializers.Serializer[User]):
    id = serializers.IntegerField(help_text=_("The account's id."))
    username = serializers.CharField(help_text=_("What the person signs in with."))
    name = serializers.CharField(help_text=_("The person's full name."))
    role = serializers.ChoiceField(Role.choices, help_text=_("What it may do."))
    agency = serializers.IntegerField(source="agency_id", allow_null=True, help_text=AGENCY)
    email = serializers.CharField(help_text=_("The person's e-mail address; may be empty."))
    is_active = serializers.BooleanField(help_text=_("Whether the person may sign in."))


class AccountMadeSerializer(AccountSerializer):
    password = serializers.CharField(
        required=False,
        help_text=_("The password that was made for it, in this answer and never again."),
    )


class AccountChangeSerializer(StrictSerializer):
    """What changes of an account; its password is changed by the person, or on its page."""

    name = serializers.CharField(max_length=50, help_text=_("The person's full name."))
    role = serializers.ChoiceField(Role.choices, help_text=_("What it may do."))
    agency = whole(AGENCY, required=False, allow_null=True, default=None)
    email = serializers.EmailField(
        required=False, default="", allow_blank=True, help_text=_("The person's e-mail address.")
    )
    is_active = serializers.BooleanField(
        required=False, default=True, help_text=_("Whether the person may sign in.")
    )


class AccountAddSerializer(StrictSerializer):
    """A person who is to sign in."""

    username = serializers.CharField(max_length=150, help_text=_("What the person signs in with."))
    name = serializers.CharField(max_length=50, help_text=_("The person's full name."))
    role = serializers.ChoiceField(Role.choices, help_text=_("What it may do."))
    agency = whole(AGENCY, required=False, allow_null=True, default=None)
    email = serializers.EmailField(
        required=False, default="", allow_blank=True, help_text=_("The person's e-mail address.")
    )
    password = serializers.CharField(
        required=False,
        max_length=128,
        trim_whitespace=False,
        help_text=_("The first password; left out, one is made and told once."),
    )


class Accounts(Creates, Listed[User]):
    """The accounts, for administrators."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)
    shape = AccountSerializer
    sends = AccountAddSerializer
    filterset_class = AccountListFilter
    search_fields = ("username__contains", "name__contains", "agency__name__contains")
    orders: ClassVar = {"username": "username", "name": "name", "role": "role", "id": "pk"}

    queryset = User.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[User]:
        return accounts_visible_to(reader_of(self.request))

    @extend_schema(
        operation_id="accounts_add",
        request=one_or_many(AccountAddSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(AccountMadeSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Make an account that can sign in at once, or many; a password that is left out is made,
        and told in this answer alone."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> tuple[User, str | None]:
        made = None if "password" in given else password_generated()
        account = account_create(
            by=by,
            now=timezone.now(),
            username=given["username"],
            name=given["name"],
            role=given["role"],
            agency=_agency(given["agency"], by),
            email=given["email"],
            password=made or given["password"],
        )
        return account, made

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        return [
            {
                **AccountSerializer(account).data,
                **({"password": made} if made and account.signs_in_by_password else {}),
            }
            for account, made in written
        ]

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:account", args=[written[0].pk], request=request)


class OneAccount(KnownParameters):
    """One account, by its id."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)
    shape = AccountSerializer

    @extend_schema(operation_id="accounts_retrieve", responses=AccountSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The account."""
        return Response(self.chosen(_account_of(request, pk)))

    @extend_schema(
        operation_id="accounts_replace",
        request=AccountChangeSerializer,
        responses=answers(AccountSerializer),
    )
    def put(self, request: Request, pk: int) -> Response:
        """Write all of it but the user name. If-Match has to say what you started from."""
        return self._save(request, pk, partial=False)

    @extend_schema(
        operation_id="accounts_change",
        request=AccountChangeSerializer,
        responses=answers(AccountSerializer),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Write what changes; what is left out stays. If-Match has to say what you started from.
        is_active=false ends the person's sessions and tokens."""
        return self._save(request, pk, partial=True)

    def _save(self, request: Request, pk: int, *, partial: bool) -> Response:
        by = reader_of(request)
        before = _account_of(request, pk)
        given = sent(AccountChangeSerializer, request, partial=partial)

        def lock() -> None:
            # In the order of a merger, which moves an agency's accounts.
            agencies_lock([before.agency_id, given.get("agency")])
            both = User.objects.filter(pk__in=[pk, by.pk]).order_by("pk")
            list(both.select_for_update(of=("self",)))

        with self.unchanged(request, lock):
            stored = _account_of(request, pk)
            names = ("name", "role", "email", "is_active")
            account_change(
                account=stored,
                by=by,
                now=timezone.now(),
                agency=_agency(given["agency"], by) if "agency" in given else stored.agency,
                **{name: given.get(name, getattr(stored, name)) for name in names},
            )
        return self.answered(request)


class PasswordGivenSerializer(StrictSerializer):
    """A new password for somebody else."""

    password = serializers.CharField(
        required=False,
        max_length=128,
        trim_whitespace=False,
        help_text=_("The password; left out, one is made and told once."),
    )


class AccountPassword(KnownParameters):
    """A new password for somebody else, which they change at their next sign-in."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)
    reads_as = OneAccount

    @extend_schema(
        operation_id="accounts_password",
        request=PasswordGivenSerializer,
        responses=answers(AccountMadeSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Give the person a new password; their sessions end, their tokens go on. Your own is
        changed on its page."""
        given = sent(PasswordGivenSerializer, request)
        made = None if "password" in given else password_generated()
        account = account_password_set(
            account=_account_of(request, pk),
            by=reader_of(request),
            password=made or given["password"],
            now=timezone.now(),
        )
        told = {"password": made} if made else {}
        return Response({**AccountSerializer(account).data, **told})


class AccountUnlocking(KnownParameters):
    """Letting somebody sign in who was locked out after too many wrong passwords."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)

    @extend_schema(
        operation_id="accounts_unlock",
        request=None,
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let the person try again at once; one who is not locked stays so."""
        account = _account_of(request, pk)
        account_unlock(account=account, by=reader_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AccountSessionsEnding(KnownParameters):
    """Ending somebody's sessions."""

    permission_classes = (SignedInWithinAccess, AdministratorsOnly)

    @extend_schema(
        operation_id="accounts_end_sessions",
        request=None,
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Sign the person out everywhere; their tokens go on, while the account is active."""
        account = _account_of(request, pk)
        sessions_end(account=account, by=reader_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _account_of(request: Request, pk: int) -> User:
    return get_object_or_404(accounts_visible_to(reader_of(request)), pk=pk)


def _agency(pk: int | None, by: User) -> Agency | None:
    return None if pk is None else agency_named(pk, by=by)


# --- One's own tokens --------------------------------------------------------------------------


class TokenSerializer(serializers.Serializer[ApiToken]):
    id = serializers.IntegerField(help_text=_("The token's id."))
    name = serializers.CharField(help_text=_("What uses it."))
    access = serializers.ChoiceField(TokenAccess.choices, help_text=_("What it may do."))
    created_at = serializers.DateTimeField(help_text=_("When it was made."))
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Until when it is valid; null: until it is revoked.")
    )
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was last used, to five minutes; null: never.")
    )
    revoked_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was revoked, or null.")
    )


class Tokens(Listed[ApiToken]):
    """Your own tokens, the latest first. None is made here: no token makes another."""

    shape = TokenSerializer
    # Using one is no act.
    follows_the_trail = False
    orders: ClassVar = {"created_at": "created_at", "name": "name", "last_used_at": "last_used_at"}
    default_order = "-created_at"

    queryset = ApiToken.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.visible_to(reader_of(self.request))


class OneToken(KnownParameters):
    """One of your own tokens, by its id."""

    shape = TokenSerializer

    @extend_schema(operation_id="tokens_retrieve", responses=TokenSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The token, without its key, which is kept nowhere."""
        return Response(self.chosen(_token_of(request, pk)))

    @extend_schema(
        operation_id="tokens_revoke",
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke it for good; the very token that asks too."""
        by = reader_of(request)
        token_revoke(token=_token_of(request, pk), by=by, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _token_of(request: Request, pk: int) -> ApiToken:
    return get_object_or_404(ApiToken.objects.visible_to(reader_of(request)), pk=pk)
