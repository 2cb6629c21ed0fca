"""Addresses of signing in, of one's own account, and of what administrators keep."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from agencies import pages, renaming

urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("language/", login_not_required(require_POST(set_language)), name="set-language"),
    path("account/password/", pages.PasswordChange.as_view(), name="password"),
    path("account/tokens/", pages.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", pages.token_revoke_page, name="token-revoke"),
    path("accounts/", pages.accounts, name="accounts"),
    path("accounts/add/", pages.account_add, name="account-add"),
    path("accounts/<int:pk>/", pages.account_edit, name="account-edit"),
    path("accounts/<int:pk>/password/", pages.account_password, name="account-password"),
    path("agencies/manage/", pages.agencies_kept, name="agencies-kept"),
    path("agencies/manage/add/", pages.agency_add, name="agency-add"),
    path("agencies/manage/<int:pk>/", pages.agency_edit, name="agency-edit"),
    path("agencies/manage/<int:pk>/rename/", renaming.agency_rename_page, name="agency-rename"),
]
