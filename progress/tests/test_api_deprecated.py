"""What the next version will not have is said a year ahead, with each answer and when described."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import path, resolve
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from agencies.models import User
from conftest import Cast
from progress.api.deprecations import Deprecation

INDEX = "/api/v1/"
GOING = Deprecation(dt.date(2026, 12, 1), dt.date(2028, 1, 1), "/api/v2/")


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and where one begins is an operation that goes."""
    return lambda: monkeypatch.setattr(
        vars(resolve(INDEX).func)["cls"], "deprecated", {"GET": GOING}
    )


@pytest.mark.django_db
def test_its_answers_say_since_when_until_when_and_what_takes_its_place(
    cast: Cast, signed_in: Callable[[User], Client], going: Callable[[], None]
) -> None:
    client = signed_in(cast.leader)
    assert not {"Deprecation", "Sunset", "Link"} & client.get(INDEX).headers.keys()
    going()
    answer = client.get(INDEX)
    assert answer.status_code == 200
    assert answer["Deprecation"] == "@1796083200"
    assert answer["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert answer["Link"] == '</api/v2/>; rel="successor-version"'
    refused = client.get(f"{INDEX}?nothing=1")
    assert (refused.status_code, refused["Deprecation"]) == (400, "@1796083200")
    assert "Sunset" not in client.get("/api/v1/chapters/").headers


def test_the_description_marks_it(going: Callable[[], None]) -> None:
    def described() -> dict[str, object]:
        patterns = [path("api/v1/", resolve(INDEX).func)]
        # The hooks describe what other addresses bring.
        with patched_settings({"POSTPROCESSING_HOOKS": []}):
            generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
            schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        operation: dict[str, object] = schema["paths"][INDEX]["get"]
        return operation

    assert "deprecated" not in described()
    going()
    assert described()["deprecated"] is True


def test_nothing_ends_within_a_year() -> None:
    with pytest.raises(ValueError, match="less than a year"):
        Deprecation(dt.date(2026, 12, 1), dt.date(2027, 11, 30), "/api/v2/")
