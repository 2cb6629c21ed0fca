"""The city's sign-on by OpenID Connect, against a provider that really answers on this machine."""

import datetime as dt
import http.client
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from joserfc.jwk import OctKey, RSAKey
from pytest_django.fixtures import Settings

from agencies.city.binding import binding_set, own_binding_set
from agencies.city.installed import Provider
from agencies.city.pages import JOURNEY
from agencies.city.provider import DESCRIPTION_LASTS, ProviderError, _said, described
from agencies.models import AuditEntry, CityBinding, PasswordKept, Role, User
from agencies.passwords.links import links_send
from agencies.tests.authenticator import app_of
from agencies.tests.provider import CLIENT, SECRET, LocalProvider, provider_running
from conftest import PASSWORD, Cast

BEGIN, BINDING = "/sign-in/city/", "/account/security/city/"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[LocalProvider]:
    with provider_running() as running:
        yield running


@pytest.fixture
def provider(one_provider: LocalProvider, settings: Settings) -> LocalProvider:
    """The provider as it is when nothing goes wrong, set as the installation's."""
    one_provider.reset()
    _said.clear()
    settings.OIDC = Provider(one_provider.issuer, CLIENT, SECRET)
    return one_provider


def bound(user: User, subject: str = "city-0001") -> None:
    own_binding_set(user=user, subject=subject, now=timezone.now())


def sent_back(client: Client, *, begin: str = BEGIN) -> str:
    """The address to which the provider sends the browser back, having been asked for it."""
    address = urlsplit(client.get(begin)["Location"])
    line = http.client.HTTPConnection(str(address.hostname), address.port)
    line.request("GET", f"{address.path}?{address.query}")
    answer = line.getresponse()
    answer.read()
    line.close()
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def came_in(client: Client, *, begin: str = BEGIN) -> Any:
    """The answer to whoever has gone there and comes back."""
    return client.get(sent_back(client, begin=begin))


def is_signed_in(client: Client) -> bool:
    return client.get("/account/sessions/").status_code == 200


def acts() -> list[str]:
    told = AuditEntry.objects.filter(kind="user").order_by("pk").values_list("act", flat=True)
    return [one.removeprefix("user.") for one in told]


# --- Coming in -------------------------------------------------------------------------------


def test_a_bound_account_comes_in_and_goes_where_it_was_going(
    provider: LocalProvider, cast: Cast
) -> None:
    bound(cast.reporter)
    client = Client()
    assert BEGIN in client.get("/sign-in/?next=/tasks/4/").content.decode()
    answer = came_in(client, begin=f"{BEGIN}?next=/tasks/4/")
    assert answer["Location"] == "/tasks/4/"
    assert int(client.session[SESSION_KEY]) == cast.reporter.pk
    assert acts() == ["city_bind", "city_sign_on", "sign_in"]
    cast.reporter.refresh_from_db()
    assert cast.reporter.role == Role.REPORTER


def test_nobody_is_sent_on_to_another_host(provider: LocalProvider, cast: Cast) -> None:
    bound(cast.reporter)
    assert came_in(Client(), begin=f"{BEGIN}?next=https://elsewhere.example/")["Location"] == "/"


def test_an_unknown_subject_makes_no_account_whatever_else_it_claims(
    provider: LocalProvider, cast: Cast
) -> None:
    """Neither by the e-mail address nor by the user name of an account, nor with a role."""
    provider.claims = {
        "email": cast.administrator.email,
        "email_verified": True,
        "preferred_username": "administrator",
        "role": "administrator",
        "groups": ["administrator"],
    }
    before = User.objects.count()
    client = Client()
    answer = came_in(client)
    assert answer.status_code == 403
    assert "city-0001" in answer.content.decode()
    assert not is_signed_in(client)
    assert User.objects.count() == before
    assert acts() == ["city_sign_on_refused"]


def test_a_closed_account_gets_the_answer_of_none(provider: LocalProvider, cast: Cast) -> None:
    def page(answer: Any) -> str:
        return re.sub(r'value="\w{64}"', "", answer.content.decode())

    unbound = page(came_in(Client()))
    bound(cast.approver)  # closed
    client = Client()
    assert page(came_in(client)) == unbound
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("claims", "is_in_at_once"),
    [
        ({}, False),
        ({"amr": ["pwd"], "acr": "1"}, False),
        ({"amr": ["pwd", "otp"]}, True),
        ({"acr": "level-3"}, True),
    ],
)
def test_the_second_step_follows_unless_the_provider_says_that_it_has_asked(
    claims: dict[str, Any],
    is_in_at_once: bool,
    provider: LocalProvider,
    cast: Cast,
    settings: Settings,
) -> None:
    app, _codes = app_of(cast.coordinator, at=timezone.now() - dt.timedelta(hours=1))
    bound(cast.coordinator)
    provider.claims = claims
    client = Client()
    # What is not set as a second factor is none, whatever the provider says.
    assert came_in(client)["Location"].startswith("/sign-in/second-step/")
    settings.OIDC = Provider(provider.issuer, CLIENT, SECRET, frozenset({"otp", "level-3"}))
    client = Client()
    answer = came_in(client)
    assert is_signed_in(client) is is_in_at_once
    if not is_in_at_once:
        assert answer["Location"].startswith("/sign-in/second-step/")
        client.post("/sign-in/second-step/", {"code": app.code(timezone.now())})
        assert is_signed_in(client)


def test_what_was_typed_while_signed_out_waits_for_the_citys_sign_on(
    provider: LocalProvider, cast: Cast
) -> None:
    """The page that carries it stays open; the way there is a tab beside it."""
    bound(cast.reporter)
    client = Client()
    sent = client.post("/account/tokens/", {"name": "数据交换 一", "access": "read", "days": "90"})
    assert 'target="_blank"' in sent.content.decode()
    held = sent.context["held"]
    # Too early: the page is there still, with what it carries.
    assert client.post("/sign-in/", {"held": held}).context["held"] == held
    came_in(client)
    assert "数据交换 一" in client.post("/sign-in/", {"held": held}).content.decode()


# --- What goes wrong -------------------------------------------------------------------------

OTHERS_KEY = RSAKey.generate_key(2048, {"kid": "one"})
UNTRUE: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": int(time.time()) - 3600}},
    "no end": {"claims": {"exp": None}},
    "of the future": {"claims": {"iat": int(time.time()) + 3600}},
    "for another client": {"claims": {"aud": "another"}},
    "for several, and we not the one": {"claims": {"aud": [CLIENT, "b"], "azp": "b"}},
    "of another issuer": {"claims": {"iss": "https://another.example"}},
    "no subject": {"claims": {"sub": None}},
    "a subject that is no text": {"claims": {"sub": 7}},
    "a subject too long": {"claims": {"sub": "s" * 256}},
    "signed by somebody else": {"signs_with": OTHERS_KEY},
    "signed with the shared secret": {
        "signs_with": OctKey.import_key(SECRET * 2),
        "algorithm": "HS256",
    },
}


@pytest.mark.parametrize("what", UNTRUE)
def test_an_answer_that_is_not_proved_lets_nobody_in(
    what: str, provider: LocalProvider, cast: Cast
) -> None:
    bound(cast.reporter)
    vars(provider).update(UNTRUE[what])
    client = Client()
    answer = came_in(client)
    assert answer.status_code == 502
    assert not is_signed_in(client)
    assert acts() == ["city_bind", "city_sign_on_refused"]


@pytest.mark.parametrize(
    ("fails", "status"), [("access_denied", 403), ("server_error", 502), ("500", 502)]
)
def test_what_the_provider_refuses_or_fails_at_is_told(
    fails: str, status: int, provider: LocalProvider, cast: Cast
) -> None:
    bound(cast.reporter)
    provider.fails = fails
    client = Client()
    answer = client.get(BEGIN) if fails == "500" else came_in(client)
    assert answer.status_code == status
    page = answer.content.decode()
    assert fails not in page
    assert "/sign-in/" in page
    assert not is_signed_in(client)


def test_a_provider_that_is_down_or_another_leaves_the_password(
    provider: LocalProvider, cast: Cast, settings: Settings
) -> None:
    provider.fails = "issuer"
    assert Client().get(BEGIN).status_code == 502
    settings.OIDC = Provider("http://127.0.0.1:9", CLIENT, SECRET)
    assert Client().get(BEGIN).status_code == 502
    client = Client()
    typed = {"username": "administrator", "password": PASSWORD}
    assert client.post("/sign-in/", typed).status_code == 302
    assert is_signed_in(client)


def test_a_provider_is_not_asked_at_an_address_of_this_machine_that_goes_by_a_name(
    provider: LocalProvider,
) -> None:
    """The guard of every call outside holds for this one too."""
    port = urlsplit(provider.issuer).port
    with pytest.raises(ProviderError, match="not called"):
        described(Provider(f"http://localhost:{port}", CLIENT), now=timezone.now())
    assert provider.calls == []


def test_setting_out_again_and_again_costs_no_calls_and_fills_no_trail(
    provider: LocalProvider, cast: Cast
) -> None:
    """Anybody may, without an account."""
    for _ in range(3):
        assert Client().get(BEGIN).status_code == 302
    assert len(provider.calls) == 1
    now = timezone.now()
    described(Provider(provider.issuer, CLIENT, SECRET), now=now + DESCRIPTION_LASTS)
    assert len(provider.calls) == 2

    _said.clear()
    provider.fails = "500"
    for _ in range(3):
        assert Client().get(BEGIN).status_code == 502
    assert len(provider.calls) == 3
    assert acts() == []


def test_state_and_code_are_of_this_browser_and_good_for_once(
    provider: LocalProvider, cast: Cast
) -> None:
    bound(cast.reporter)
    client, thief = Client(), Client()
    back = sent_back(client)
    assert thief.get(back).status_code == 403
    assert client.get(re.sub("state=[^&]*", "state=guessed", back)).status_code == 403
    # The journey ended with the wrong state; a new one is needed.
    assert client.get(back).status_code == 403
    assert not is_signed_in(client)
    back = sent_back(client)
    assert client.get(back).status_code == 302
    client.post("/sign-out/")
    assert client.get(back).status_code == 403
    assert not is_signed_in(client)
    assert client.get("/sign-in/city/back/").status_code == 403


def test_a_code_that_was_slipped_in_is_refused_by_its_verifier(
    provider: LocalProvider, cast: Cast
) -> None:
    """Somebody else's code under one's own state: PKCE binds a code to the journey it is of."""
    bound(cast.reporter)
    client, other = Client(), Client()
    others_code = re.search("code=[^&]*", sent_back(other))
    assert others_code
    back = re.sub("code=[^&]*", others_code[0], sent_back(client))
    assert client.get(back).status_code == 502
    assert not is_signed_in(client)


def test_a_journey_that_took_too_long_begins_anew(provider: LocalProvider, cast: Cast) -> None:
    bound(cast.reporter)
    client = Client()
    back = sent_back(client)
    session = client.session
    session[JOURNEY] = session[JOURNEY] | {"until": time.time() - 1}
    session.save()
    assert client.get(back).status_code == 403
    assert not is_signed_in(client)


def test_an_answer_of_another_issuer_is_not_taken_up(provider: LocalProvider, cast: Cast) -> None:
    bound(cast.reporter)
    client = Client()
    assert client.get(f"{sent_back(client)}&iss=https://another.example").status_code == 502
    assert provider.calls.count("/token") == 0


# --- Binding ---------------------------------------------------------------------------------


def test_binding_asks_for_the_password_under_the_subject(
    provider: LocalProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert BEGIN in client.get("/account/security/").content.decode()
    assert came_in(client)["Location"] == BINDING
    # Coming back alone binds nothing: somebody may have sent the browser round.
    assert not CityBinding.objects.exists()
    assert "city-0001" in client.get(BINDING).content.decode()
    assert client.post(BINDING, {"password": "wrong"}).status_code == 400
    assert client.post(BINDING, {"password": PASSWORD})["Location"] == "/account/security/"
    binding = CityBinding.objects.get()
    assert (binding.user, binding.subject) == (cast.reporter, "city-0001")
    assert (binding.issuer, binding.bound_by) == (provider.issuer, cast.reporter)
    # The offer is used up.
    assert client.get(BINDING)["Location"] == "/account/security/"

    other = signed_in(cast.colleague)
    came_in(other)
    taken = other.post(BINDING, {"password": PASSWORD})
    assert taken.status_code == 400
    assert CityBinding.objects.count() == 1

    assert client.post(f"{BINDING}remove/").status_code == 302
    assert not CityBinding.objects.exists()
    assert acts()[-1] == "city_unbind"


def test_a_journey_to_bind_belongs_to_whoever_set_out(
    provider: LocalProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    back = sent_back(client)
    session = client.session
    session[JOURNEY] = session[JOURNEY] | {"binds": cast.colleague.pk}
    session.save()
    assert client.get(back).status_code == 403
    assert client.get(BINDING)["Location"] == "/account/security/"


def test_an_administrator_types_the_subject_and_nobody_else(
    provider: LocalProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    address = f"/accounts/{cast.reporter.pk}/city/"
    for who, one in cast.everyone().items():
        if who != "administrator":
            with pytest.raises(PermissionDenied):
                binding_set(account=cast.reporter, subject="x", by=one, now=timezone.now())
            if one.is_active:
                assert signed_in(one).post(address, {"subject": "x"}).status_code == 403
    keeper, before = signed_in(cast.administrator), signed_in(cast.reporter)
    assert keeper.post(address, {"subject": " city-0001 "}).status_code == 302
    assert not is_signed_in(before)
    client = Client()
    came_in(client)
    assert int(client.session[SESSION_KEY]) == cast.reporter.pk
    other = f"/accounts/{cast.colleague.pk}/city/"
    assert keeper.post(other, {"subject": "city-0001"}).status_code == 400
    entry = AuditEntry.objects.filter(act="user.city_bind").get()
    assert entry.changes["city_subject"] == [None, "city-0001"]
    # The same once more changes nothing, and ends nothing.
    assert keeper.post(address, {"subject": "city-0001"}).status_code == 302
    assert is_signed_in(client)
    assert keeper.post(address, {"remove": "on"}).status_code == 302
    assert not is_signed_in(client)
    assert came_in(Client()).status_code == 403
    # What an administrator does about their own ends nothing of theirs.
    mine = f"/accounts/{cast.administrator.pk}/city/"
    keeper.post(mine, {"subject": "city-0002"})
    keeper.post(mine, {"remove": "on"})
    assert is_signed_in(keeper)


def test_a_subject_of_another_issuer_is_somebody_else(provider: LocalProvider, cast: Cast) -> None:
    bound(cast.reporter)
    CityBinding.objects.update(issuer="https://former.example")
    assert came_in(Client()).status_code == 403


# --- Passwords beside it, and signing out ----------------------------------------------------


def test_passwords_may_be_left_to_administrators_for_emergencies(
    provider: LocalProvider,
    cast: Cast,
    settings: Settings,
    signed_in: Callable[[User], Client],
) -> None:
    settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE = True
    bound(cast.reporter)
    pages = []
    for typed in (PASSWORD, "not-this-one"):
        client = Client()
        answer = client.post("/sign-in/", {"username": "reporter", "password": typed})
        pages.append(str(answer.context["form"].non_field_errors()))
        assert not is_signed_in(client)
    assert pages[0] == pages[1]
    keeper = Client()
    keeper.post("/sign-in/", {"username": "administrator", "password": PASSWORD})
    assert is_signed_in(keeper)
    client = Client()
    came_in(client)
    assert is_signed_in(client)
    # Nobody takes the only way in away from themselves.
    assert client.post(f"{BINDING}remove/").status_code == 403
    assert CityBinding.objects.exists()


def test_where_passwords_are_administrators_alone_nobody_else_is_offered_any(
    provider: LocalProvider,
    cast: Cast,
    settings: Settings,
    signed_in: Callable[[User], Client],
) -> None:
    uid = urlsafe_base64_encode(force_bytes(cast.reporter.pk))
    link = f"/sign-in/password/{uid}/{default_token_generator.make_token(cast.reporter)}/"
    assert Client().get(link).status_code == 302
    User.objects.filter(pk=cast.reporter.pk).update(password_is_given=True)
    settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE = True
    assert Client().get(link).status_code == 200
    # What is of no use stands in nobody's way, and is on no page.
    client = signed_in(cast.reporter)
    page = client.get("/account/security/").content.decode()
    assert "/account/password/" not in page
    assert BEGIN not in page
    assert client.get("/account/password/").status_code == 403
    assert client.get(BINDING).status_code == 403

    keeper = signed_in(cast.administrator)
    theirs, own = f"/accounts/{cast.reporter.pk}/password/", "/account/password/"
    assert keeper.get(own).status_code == 200
    assert theirs not in keeper.get(f"/accounts/{cast.reporter.pk}/").content.decode()
    empty = {"password": "", "password_again": ""}
    assert keeper.post(theirs, empty).status_code == 403
    assert keeper.post(f"/api/v1{theirs}", {}, "application/json").status_code == 403
    new = {"username": "newcomer", "name": "新来的", "role": "leader", "agency": "", "email": ""}
    answer = keeper.post("/accounts/add/", new | empty)
    made = User.objects.get(username="newcomer")
    assert answer["Location"] == f"/accounts/{made.pk}/security/"
    assert not made.has_usable_password()
    assert not PasswordKept.objects.filter(user=made).exists()
    new |= {"username": "keeper", "name": "新管", "role": "administrator"}
    assert "password" in keeper.post("/accounts/add/", new | empty).context

    for email in (cast.reporter.email, cast.administrator.email):
        Client().post("/sign-in/forgotten/", {"email": email})
    assert links_send(now=timezone.now()) == 1
    assert [message.to for message in mail.outbox] == [[cast.administrator.email]]


def test_signing_out_says_where_the_citys_session_is_ended(
    provider: LocalProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    bound(cast.reporter)
    client = Client()
    came_in(client)
    answer = client.post("/sign-out/")
    page = answer.content.decode()
    assert f"{provider.issuer}/end?client_id={CLIENT}&amp;post_logout_redirect_uri=" in page
    assert not is_signed_in(client)
    # Who came by the password is not sent there.
    assert signed_in(cast.reporter).post("/sign-out/")["Location"] == "/sign-in/"


def test_without_a_provider_there_is_no_such_way(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    assert Client().get(BEGIN).status_code == 404
    assert Client().get("/sign-in/city/back/").status_code == 404
    assert BEGIN not in Client().get("/sign-in/").content.decode()
    assert BEGIN not in signed_in(cast.reporter).get("/account/security/").content.decode()
