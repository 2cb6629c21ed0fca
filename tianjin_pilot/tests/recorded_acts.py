"""What people of the demonstration do before an operation shows what it does.

Through the API itself where it can be; what was done is taken back once the answer is recorded.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from agencies.models import User
from progress.models import DeliveryKind, DeliveryState, Webhook, WebhookDelivery
from progress.tests.briefs import template_of
from progress.tests.offline import MEASURES, TEXT, rows_of_task, sheet_of
from progress.webhooks import webhook_create

API, LANGUAGE = "/api/v1/", "en"
# An agency with an approver, one that has no part of the reporter's, and a body of members.
COMMERCE, DEVELOPMENT, INDUSTRY, TELECOM, BODY = 9, 3, 4, 1, 54
# Task 22 has two leads.
LEAD, OTHER_LEAD = "reporter-health", "reporter-medicines"
OFFICE, REPORTER, ADMINISTRATOR = "coordinator", "reporter", "administrator"
HOST = "https://data.example.cn:443"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent by whom to which address below /api/v1/; `form` is sent as a form with a file.

    `tagged`: with the ETag of what is read there.
    """

    who: str
    place: str
    body: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    tagged: bool = False


class Acts:
    """What people do, in as few words as an example can be prepared in."""

    @cached_property
    def open_period(self) -> str:
        periods = self.rows(OFFICE, "periods/")
        return str(next(one["code"] for one in periods if not one["closed_at"]))

    @cached_property
    def closed_period(self) -> str:
        periods = self.rows(OFFICE, "periods/")
        return str(next(one["code"] for one in periods if one["closed_at"]))

    def get(self, who: str, place: str) -> Any:
        answer = client_of(who).get(API + place, headers={"Accept-Language": LANGUAGE})
        assert answer.status_code == 200, f"{place}: {answer.content.decode()}"
        return answer.json()

    def rows(self, who: str, place: str) -> list[Any]:
        return list(self.get(who, place)["results"])

    def first(self, who: str, place: str) -> Any:
        found = self.rows(who, place)
        assert found, f"{place} is empty"
        return found[0]

    def send(self, method: str, one: Asked) -> Any:
        """The answer; raises AssertionError, with what it says, for one of refusal."""
        client, headers = client_of(one.who), {"Accept-Language": LANGUAGE}
        place = API + one.place
        if one.tagged:
            headers["If-Match"] = client.get(place, headers=headers)["ETag"]
        sent = {} if one.form else {"content_type": "application/json"}
        answer = getattr(client, method)(place, one.form or one.body, headers=headers, **sent)
        if answer.status_code >= 300:
            raise AssertionError(f"{method} {one.place}: {answer.content.decode()}")
        return answer

    def post(self, who: str, place: str, body: Any = None) -> Any:
        return self.send("post", Asked(who, place, body)).json()

    # --- Reports and contributions ---------------------------------------------------------------

    def begun(self, who: str, task: int) -> Any:
        """The report of a task, saved with a text for every measure."""
        period = self.open_period
        start = self.get(who, f"reports/start/?task={task}&period={period}")
        for measure in start["measures"]:
            measure |= {"status": "in_progress", "text": "已印发实施方案。"}
        return self.post(who, "reports/", start)

    def moved(self, who: str, report: Any, move: str, **body: Any) -> Any:
        return self.post(who, f"reports/{report['id']}/{move}/", version_of(report) | body)

    def contributed(self, who: str, task: int, agency: int, *, submit: bool = True) -> Any:
        """A contribution with a text, handed to the lead."""
        start = self.contribution_start(who, task, agency)
        made = self.post(who, "contributions/", start)
        if not submit:
            return made
        return self.post(who, f"contributions/{made['id']}/submit/", version_of(made))

    def contribution_start(self, who: str, task: int, agency: int) -> Any:
        """What a contribution starts from, with a text."""
        asked = f"task={task}&agency={agency}&period={self.open_period}"
        start = self.get(who, f"contributions/start/?{asked}")
        for measure in start["measures"]:
            measure["text"] = "已配合梳理企业需求。"
        return start

    def not_begun(self, role: str, kind: str) -> int:
        """A task of the reporter's agency, of which nothing has been written in the open period."""
        agency, period = self.own_agency, self.open_period
        parts = self.rows(REPORTER, f"responsibilities/?agency={agency}&role={role}")
        begun = {
            one["task"]
            for one in self.rows(REPORTER, f"{kind}/?period={period}")
            if kind == "reports" or one["agency"]["id"] == agency
        }
        return next(int(one["task"]) for one in parts if one["task"] not in begun)

    @cached_property
    def own_agency(self) -> int:
        return int(user_named(REPORTER).agency_id or 0)

    @cached_property
    def own_task(self) -> int:
        return self.not_begun("lead", "reports")

    @cached_property
    def shared_task(self) -> int:
        return self.not_begun("co", "contributions")

    # --- What pages alone make -------------------------------------------------------------------

    def webhook(self) -> Webhook:
        made, _secret = webhook_create(
            owner=user_named(REPORTER),
            name="数据平台",
            address=f"{HOST}/hooks/pilot",
            kinds=["report"],
            now=timezone.now(),
        )
        return made

    def delivery(self) -> WebhookDelivery:
        now = timezone.now()
        return WebhookDelivery.objects.create(
            webhook=self.webhook(),
            kind=DeliveryKind.CHANGES,
            after=0,
            until=1,
            state=DeliveryState.SENT,
            made_at=now,
            sent_at=now,
        )

    def filled_form(self) -> SimpleUploadedFile:
        """The form of the reporter's agency, with a word in its first text."""
        from openpyxl import load_workbook

        answer = self.send("post", Asked(REPORTER, "offline-forms/", {"period": self.open_period}))
        workbook = load_workbook(io.BytesIO(answer.content))
        sheet = sheet_of(workbook, MEASURES)
        sheet[f"{TEXT}{rows_of_task(sheet, self.own_task)[0]}"] = "已印发实施方案。"
        written = io.BytesIO()
        workbook.save(written)
        return SimpleUploadedFile("填报表.xlsx", written.getvalue())

    def filled(self) -> Any:
        form = {"file": self.filled_form()}
        return self.send("post", Asked(REPORTER, "filled-forms/", form=form)).json()

    def template(self) -> Any:
        form = {"kind": "report", "note": "简版", "file": template_file()}
        return self.send("post", Asked(OFFICE, "brief-templates/", form=form)).json()


def version_of(thing: Any) -> Json:
    return {"version": thing["version"]}


def client_of(who: str) -> Client:
    client = Client()
    client.force_login(user_named(who))
    return client


def user_named(who: str) -> User:
    """The account of the demonstration with this user name; those of roles are named as they."""
    return User.objects.select_related("agency").get(username=who)


def reporter_of(agency: int) -> str:
    return str(
        User.objects.filter(agency=agency, role="reporter").values_list("username", flat=True)[0]
    )


def template_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("专报.docx", template_of("{{ 文号 }}"))
