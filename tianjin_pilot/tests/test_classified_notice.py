"""严禁录入涉密信息: on every page, in every document, at each endpoint that takes or gives any."""

import html
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
import yaml
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from tianjin_pilot.tests.every_address import every_address
from tianjin_pilot.tests.run import ROOT

NOTICE = "严禁录入涉密信息"
OFFICE = "application/vnd.openxmlformats-officedocument."
# What is given away without it, and why.
WITHOUT = {
    "list-export": "the public list in the form in which it is received",
    "brief-template-default": "each brief that is made of it carries the notice",
}


@pytest.mark.parametrize("who", ["coordinator", "reporter", "administrator"])
def test_on_every_page_and_in_every_document(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    without, forms, documents = set(), 0, 0
    with time_machine.travel(NOW, tick=False):
        for one in every_address({"account": cast.colleague.pk, "kind": "report"}):
            if one.is_api:
                continue
            answer = client.get(one.path)
            content = answer.getvalue()
            kind = answer.get("Content-Type", "")
            if answer.status_code != 200:
                continue
            if kind.startswith("text/html"):
                forms += b"<form" in content
                said = NOTICE in content.decode()
            elif kind.startswith(OFFICE):
                documents += 1
                said = _in_the_parts_of(content)
            else:
                continue
            if not said and one.name not in WITHOUT:
                without.add(one.name)
    assert without == set()
    assert forms > 15
    assert documents > (3 if who == "coordinator" else -1)


def test_at_every_endpoint_that_takes_or_gives_anything() -> None:
    text = (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    without = [
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, one in operations.items()
        if method != "parameters" and (one.get("requestBody") or _gives_a_file(one))
        if "lassified content must not be entered" not in " ".join(one["description"].split())
    ]
    assert without == []


def _gives_a_file(operation: dict[str, Any]) -> bool:
    return any(
        "json" not in kind
        for answer in operation["responses"].values()
        for kind in answer.get("content", {})
    )


def _in_the_parts_of(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return any(
            NOTICE in html.unescape(parts.read(name).decode(errors="replace"))
            for name in parts.namelist()
        )
