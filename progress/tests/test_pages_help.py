"""The help: every role finds its own, and opens every place that it names."""

import pytest
from django.test import Client
from django.urls import reverse

from agencies.models import Role, User
from conftest import Cast
from progress.lights import Light
from progress.models import Policy, ReportingPeriod
from progress.pages.help_topics import HELP
from tasks.models import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_role(cast: Cast) -> dict[str, User]:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    people = (
        cast.reporter,
        cast.approver,
        cast.coordinator,
        cast.leader,
        cast.auditor,
        cast.administrator,
    )
    return {person.role: person for person in people}


def test_every_role_has_its_help_and_begins_there(client: Client, by_role: dict[str, User]) -> None:
    assert set(HELP) == set(Role.values)
    for role, person in by_role.items():
        client.force_login(person)
        answer = client.get(reverse("help-home"))
        assert answer.status_code == 200
        assert answer.context["role"] == role


def test_every_place_that_the_help_names_opens_for_that_role(
    client: Client, by_role: dict[str, User], period: ReportingPeriod
) -> None:
    for role, topics in HELP.items():
        client.force_login(by_role[role])
        for topic in topics:
            if topic.place:
                answer = client.get(reverse(topic.place))
                assert answer.status_code == 200, (role, topic.slug, topic.place)


def test_no_two_topics_of_a_role_share_an_anchor() -> None:
    for topics in HELP.values():
        slugs = [topic.slug for topic in topics]
        assert len(slugs) == len({*slugs, "words", "contents"}) - 2


def test_the_words_are_those_of_the_lists_and_the_thresholds_those_that_hold(
    client: Client, by_role: dict[str, User]
) -> None:
    Policy.objects.create(pk=1, yellow_working_days=7)
    client.force_login(by_role[Role.LEADER])
    answer = client.get(reverse("help", args=[Role.LEADER]))
    assert [one.value for one in answer.context["statuses"]] == Status.values
    lights = {one.value: one.meaning for one in answer.context["lights"]}
    assert set(lights) == set(Light.values)
    assert "7" in lights[Light.YELLOW]
    Policy.objects.update(yellow_for_missing_report=False)
    answer = client.get(reverse("help", args=[Role.LEADER]))
    shorter = {one.value: one.meaning for one in answer.context["lights"]}
    assert len(shorter[Light.YELLOW]) < len(lights[Light.YELLOW])


def test_another_roles_help_is_read_without_links_to_pages_one_may_not_open(
    client: Client, by_role: dict[str, User]
) -> None:
    client.force_login(by_role[Role.LEADER])
    answer = client.get(reverse("help", args=[Role.ADMINISTRATOR]))
    assert answer.status_code == 200
    assert not any(shown.address for shown in answer.context["topics"])


def test_a_word_that_is_no_role_has_no_help(client: Client, by_role: dict[str, User]) -> None:
    client.force_login(by_role[Role.LEADER])
    assert client.get("/help/mayor/").status_code == 404


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(reverse("help-home"))
    assert answer.status_code == 302
    assert reverse("sign-in") in answer["Location"]
