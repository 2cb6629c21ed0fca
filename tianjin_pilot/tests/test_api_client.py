"""A client generated from docs/openapi.yaml, by a generator that others use, does the main job."""

import datetime as dt
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from agencies.models import TokenAccess, User
from agencies.tokens import token_create
from conftest import Cast
from progress.models import ReportingPeriod

DESCRIPTION = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
NAME = "pilot_client"
# Without the formatter that it would run afterwards.
CONFIG = f"package_name_override: {NAME}\npost_hooks: []\n"
# What it makes no answer of: files, whose bytes are in the response that it gives beside.
FILES = 8


class Generated:
    """The generated package: its operations and shapes by their names."""

    def operation(self, group: str, name: str) -> ModuleType:
        return importlib.import_module(f"{NAME}.api.{group}.{name}")

    def shape(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{NAME}.models"), name)

    def client(self, address: str, key: str) -> Any:
        made = importlib.import_module(f"{NAME}.client")
        return made.AuthenticatedClient(
            base_url=address, token=key, raise_on_unexpected_status=True, timeout=60
        )


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Generated]:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    ran = subprocess.run(
        [
            *command,
            *("--path", str(DESCRIPTION), "--config", str(config)),
            *("--output-path", str(tmp_path / NAME)),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    told = ran.stdout + ran.stderr
    assert told.count("WARNING parsing") == FILES, told
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Generated()
    for name in [one for one in sys.modules if one.partition(".")[0] == NAME]:
        del sys.modules[name]


def _key(user: User) -> str:
    now = timezone.now()
    return token_create(
        user=user,
        name="数据平台",
        access=TokenAccess.READ_WRITE,
        expires_at=now + dt.timedelta(days=1),
        now=now,
    )[1]


@pytest.mark.once
def test_a_generated_client_finds_writes_hands_in_and_approves(
    generated: Generated, live_server: LiveServer, cast: Cast, period: ReportingPeriod
) -> None:
    op, shape = generated.operation, generated.shape
    with (
        generated.client(live_server.url, _key(cast.reporter)) as agency,
        generated.client(live_server.url, _key(cast.coordinator)) as office,
    ):
        listed = op("register", "tasks_list").sync(client=agency, q="数据", page_size=200)
        assert 4 in [task.number for task in listed.results]
        task = op("register", "tasks_retrieve").sync(4, client=agency)
        assert task.title

        start = op("reports", "reports_start_retrieve").sync(client=agency, task=4)
        assert (start.version, start.period) == (0, "2026-10")
        measures = [
            shape("MeasureWriteRequest")(
                ordinal=one.ordinal, status=shape("StatusEnum").IN_PROGRESS, text="已印发实施方案。"
            )
            for one in start.measures
        ]
        content = shape("ReportCreateRequest")(
            task=4,
            period=start.period,
            version=start.version,
            measures=measures,
            problems="",
            next_steps="开展试点企业申报。",
            coordination="",
        )
        saved = op("reports", "reports_create").sync(client=agency, body=content)
        assert isinstance(saved, shape("ReportDetail"))
        assert {one.move for one in saved.moves} >= {shape("ReportMoveEnum").SUBMIT}

        again = op("reports", "reports_create").sync(client=agency, body=content)
        assert isinstance(again, shape("StaleVersion") | shape("Problem"))
        assert again.status == 409

        move = shape("MoveRequest")
        handed_in = op("reports", "reports_submit").sync(
            saved.id, client=agency, body=move(version=saved.version)
        )
        assert handed_in.state == shape("ReportStateEnum").SUBMITTED
        refused = op("reports", "reports_approve").sync(saved.id, client=agency, body=move())
        assert (refused.status, refused.type_) == (403, "urn:tianjin-pilot:problem:forbidden")
        approved = op("reports", "reports_approve").sync(
            saved.id, client=office, body=move(version=handed_in.version)
        )
        assert approved.state == shape("ReportStateEnum").APPROVED

        overview = op("figures", "overview_retrieve").sync(client=office)
        assert (overview.tasks, overview.measures) == (131, 337)
        assert overview.started_rate.part == 1
