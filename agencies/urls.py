"""Addresses of signing in, of one's own account, and of what administrators keep."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from agencies import pages, renaming
from agencies.city import pages as city
from agencies.factors import administering
from agencies.factors import pages as factors
from agencies.passwords import pages as passwords
from agencies.robots import pages as robots
from agencies.sessions import pages as sessions

urlpatterns = [
    path("sign-in/", factors.SignIn.as_view(), name="sign-in"),
    path("sign-in/second-step/", factors.second_step, name="second-step"),
    path("sign-in/city/", city.city_begin, name="city-begin"),
    path("sign-in/city/back/", city.city_callback, name="city-callback"),
    path("sign-out/", city.SignOut.as_view(), name="sign-out"),
    path("language/", login_not_required(require_POST(set_language)), name="set-language"),
    path("account/security/", factors.security, name="security"),
    path("account/security/second-factor/", factors.second_factor, name="second-factor"),
    path(
        "account/security/second-factor/remove/",
        factors.second_factor_remove,
        name="second-factor-remove",
    ),
    path("account/security/recovery-codes/", factors.recovery_codes, name="recovery-codes"),
    path("account/security/city/", city.city_binding, name="city-binding"),
    path("account/security/city/remove/", city.city_unbind, name="city-unbind"),
    path("account/password/", passwords.PasswordChange.as_view(), name="password"),
    path("sign-in/forgotten/", passwords.password_forgotten, name="password-forgotten"),
    path(
        "sign-in/password/<str:uidb64>/<str:token>/",
        passwords.PasswordNew.as_view(),
        name="password-new",
    ),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/sessions/left/", sessions.session_left, name="session-left"),
    path("account/sessions/<int:pk>/end/", sessions.session_end_page, name="session-end"),
    path("account/sessions/others/end/", sessions.sessions_end_others, name="sessions-end-others"),
    path("account/tokens/", pages.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", pages.token_revoke_page, name="token-revoke"),
    path("accounts/", pages.accounts, name="accounts"),
    path("accounts/add/", pages.account_add, name="account-add"),
    path("accounts/<int:pk>/", pages.account_edit, name="account-edit"),
    path("accounts/<int:pk>/password/", pages.account_password, name="account-password"),
    path("accounts/<int:pk>/security/", city.account_security, name="account-security"),
    path(
        "accounts/<int:pk>/security/reset/",
        administering.second_factor_reset,
        name="second-factor-reset",
    ),
    path("accounts/<int:pk>/city/", city.account_city, name="account-city"),
    path("accounts/rules/", administering.sign_in_rules, name="sign-in-rules"),
    path("accounts/<int:pk>/unlock/", pages.account_unlock_page, name="account-unlock"),
    path(
        "accounts/<int:pk>/sessions/end/",
        sessions.account_sessions_end,
        name="account-sessions-end",
    ),
    path("agencies/manage/", pages.agencies_kept, name="agencies-kept"),
    path("agencies/manage/add/", pages.agency_add, name="agency-add"),
    path("agencies/manage/<int:pk>/", pages.agency_edit, name="agency-edit"),
    path("agencies/manage/<int:pk>/rename/", renaming.agency_rename_page, name="agency-rename"),
    path("agencies/manage/<int:pk>/robot/", robots.agency_robot, name="agency-robot"),
    path("agencies/manage/<int:pk>/robot/try/", robots.agency_robot_try, name="agency-robot-try"),
    path(
        "agencies/manage/<int:pk>/robot/remove/",
        robots.agency_robot_remove,
        name="agency-robot-remove",
    ),
]
