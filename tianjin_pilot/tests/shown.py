"""What is asked of each operation, to show what it takes and answers."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agencies.models import TokenAccess
from agencies.tokens import token_create
from progress.tests.files import pdf
from tasks.importing import DEFAULT_LIST
from tianjin_pilot.tests.recorded_acts import (
    ADMINISTRATOR,
    BODY,
    COMMERCE,
    DEVELOPMENT,
    INDUSTRY,
    LEAD,
    OFFICE,
    OTHER_LEAD,
    REPORTER,
    TELECOM,
    Acts,
    Asked,
    Json,
    reporter_of,
    template_file,
    user_named,
    version_of,
)


def _report_states(acts: Acts, state: str, who: str = OFFICE) -> Any:
    return acts.first(who, f"reports/?state={state}&period={acts.open_period}")


def _draft(acts: Acts) -> Any:
    """A draft of the reporter's, as it is read."""
    listed = acts.rows(REPORTER, f"reports/?state__in=draft,returned&period={acts.open_period}")
    agency = acts.own_agency
    led = acts.rows(REPORTER, f"responsibilities/?agency={agency}&role=lead&page_size=200")
    own = {one["task"] for one in led}
    found = next(one for one in listed if one["task"] in own)
    return acts.get(REPORTER, f"reports/{found['id']}/")


def _content(report: Any) -> Json:
    measures = [
        {name: one[name] for name in ("ordinal", "status", "text")} for one in report["measures"]
    ]
    names = ("version", "problems", "next_steps", "coordination")
    return {name: report[name] for name in names} | {"measures": measures}


def _agreement(acts: Acts, move: str, **body: Any) -> Asked:
    """The other lead's answer to a report that it was asked about."""
    report = acts.moved(LEAD, acts.begun(LEAD, 22), "ask")
    return Asked(OTHER_LEAD, f"reports/{report['id']}/{move}/", version_of(report) | body)


def _report_move(acts: Acts, who: str, state: str, move: str, **body: Any) -> Asked:
    report = _report_states(acts, state, who)
    return Asked(who, f"reports/{report['id']}/{move}/", version_of(report) | body)


def _withdrawal(acts: Acts) -> Asked:
    report = acts.begun(REPORTER, acts.own_task)
    sent = acts.moved(REPORTER, report, "submit", reason="配合单位尚未报送")
    return Asked(REPORTER, f"reports/{report['id']}/withdraw/", version_of(sent))


def _contribution_submitted(acts: Acts) -> Asked:
    made = acts.contributed(REPORTER, acts.shared_task, acts.own_agency, submit=False)
    return Asked(REPORTER, f"contributions/{made['id']}/submit/", version_of(made))


def _contribution_write(acts: Acts, **body: Any) -> Asked:
    made = acts.contributed(REPORTER, acts.shared_task, acts.own_agency, submit=False)
    return Asked(REPORTER, f"contributions/{made['id']}/", version_of(made) | body)


def _contribution_replaced(acts: Acts) -> Asked:
    made = acts.contributed(REPORTER, acts.shared_task, acts.own_agency, submit=False)
    measures = [{name: one[name] for name in ("ordinal", "text")} for one in made["measures"]]
    body = {"measures": measures, "remarks": "建议加快。", "nothing_to_add": False}
    return Asked(REPORTER, f"contributions/{made['id']}/", version_of(made) | body)


def _reviewed(acts: Acts, move: str, **body: Any) -> Asked:
    """What an approver does with a contribution before it leaves the agency."""
    parts = acts.rows("approver", f"responsibilities/?agency={COMMERCE}&role=co")
    written = acts.rows("approver", f"contributions/?period={acts.open_period}&page_size=200")
    begun = {one["task"] for one in written if one["agency"]["id"] == COMMERCE}
    task = next(one["task"] for one in parts if one["task"] not in begun)
    sent = acts.contributed(reporter_of(COMMERCE), task, COMMERCE)
    return Asked("approver", f"contributions/{sent['id']}/{move}/", version_of(sent) | body)


def _to_the_lead(acts: Acts) -> tuple[Any, Any]:
    """A report of the reporter's, and what another agency has handed in to it."""
    report = acts.begun(REPORTER, acts.own_task)
    other = next(
        part["agency"]["id"]
        for part in acts.rows(REPORTER, f"responsibilities/?task={acts.own_task}&role=co")
        if part["agency"]["id"] in (DEVELOPMENT, INDUSTRY, TELECOM)
    )
    return report, acts.contributed(reporter_of(other), acts.own_task, other)


def _contribution_withdrawn(acts: Acts) -> Asked:
    _report, sent = _to_the_lead(acts)
    who = reporter_of(sent["agency"]["id"])
    return Asked(who, f"contributions/{sent['id']}/withdraw/", version_of(sent))


def _taken_over(acts: Acts) -> Asked:
    report, sent = _to_the_lead(acts)
    body = {"version": sent["version"], "report_version": report["version"]}
    return Asked(REPORTER, f"contributions/{sent['id']}/take-over/", body)


def _matter(acts: Acts, state: str, move: str, **body: Any) -> Asked:
    matter = acts.first(OFFICE, f"registers/matters/?state={state}")
    return Asked(OFFICE, f"registers/matters/{matter['id']}/{move}/", version_of(matter) | body)


def _matter_answered(acts: Acts) -> Asked:
    matter = acts.first(OFFICE, "registers/matters/?state=open")
    address = f"registers/matters/{matter['id']}/"
    sent = acts.post(OFFICE, f"{address}address/", version_of(matter) | {"to": DEVELOPMENT})
    body = version_of(sent) | {"text": "已协调用地指标。"}
    return Asked(reporter_of(DEVELOPMENT), f"{address}answer/", body)


def _account(acts: Acts) -> Any:
    return acts.first(ADMINISTRATOR, "accounts/?username=reporter-tax")


def _account_replaced(acts: Acts) -> Asked:
    account = _account(acts)
    names = ("name", "role", "email", "is_active")
    body = {name: account[name] for name in names} | {"agency": account["agency"]}
    body["email"] = "zhangsan@example.org"
    return Asked(ADMINISTRATOR, f"accounts/{account['id']}/", body, tagged=True)


def _merger(acts: Acts) -> Asked:
    place = f"agencies/{TELECOM}/merge/"
    body = {
        "successor": INDUSTRY,
        "effective_on": timezone.localdate().isoformat(),
        "document": "津编发〔2026〕12号",
        "reason": "机构改革",
    }
    seen = acts.post(ADMINISTRATOR, f"{place}?dry_run=true", body)["seen"]
    return Asked(ADMINISTRATOR, place, body | {"seen": seen})


def _reminder_by_hand(acts: Acts) -> Asked:
    body = {"period": acts.open_period, "note": "请于今日下班前报送。"}
    seen = acts.post(OFFICE, "reminders/by-hand/?dry_run=true", body)["seen"]
    return Asked(OFFICE, "reminders/by-hand/", body | {"seen": seen})


def _reminder(acts: Acts) -> Asked:
    acts.send("post", _reminder_by_hand(acts))
    return Asked(OFFICE, f"reminders/{acts.first(OFFICE, 'reminders/')['id']}/")


def _saved_list(acts: Acts) -> Asked:
    body = {"page": "tasks", "name": "本单位红灯", "query": "light=red"}
    made = acts.post(REPORTER, "saved-lists/", body)
    changed = {"name": "红灯任务", "is_shared": False}
    return Asked(REPORTER, f"saved-lists/{made['id']}/", changed, tagged=True)


def _agencies_of_a_task(acts: Acts) -> Asked:
    read = acts.get(OFFICE, "tasks/22/agencies/")
    parts = [{"agency": one["agency"], "role": one["role"]} for one in read["agencies"]]
    body = {
        "version": read["version"],
        "division": read["division"],
        "agencies": [*parts, {"agency": DEVELOPMENT, "role": "co"}],
        "reason": "工作需要",
        "document": "津商专报〔2026〕7号",
    }
    return Asked(OFFICE, "tasks/22/agencies/", body)


def _duties(acts: Acts) -> Asked:
    place = f"tasks/{acts.own_task}/duties/"
    said = acts.get(REPORTER, place)["duties"]
    duties = [{"agency": one["agency"], "measures": [1]} for one in said]
    return Asked(REPORTER, place, {"duties": duties, "reason": "按职责"}, tagged=True)


def _list_again(acts: Acts) -> Asked:
    content = DEFAULT_LIST.read_bytes()
    looked = {"file": ContentFile(content, name="试点任务清单.txt")}
    tried = acts.send("post", Asked(OFFICE, "tasks/list/?dry_run=true", form=looked)).json()
    form = {"file": ContentFile(content, name="试点任务清单.txt"), "seen": tried["seen"]}
    return Asked(OFFICE, "tasks/list/", form=form)


def _erratum(acts: Acts) -> Asked:
    report = acts.first(OFFICE, f"reports/?state=approved&period={acts.closed_period}")
    body = {
        "report": report["id"],
        "field": "text",
        "measure": 1,
        "new": "已印发实施方案，并完成首单。",
        "reason": "更正笔误",
    }
    return Asked(OFFICE, "errata/", body)


def _confirmation(acts: Acts) -> Asked:
    filled = acts.filled()
    return Asked(REPORTER, f"filled-forms/{filled['id']}/confirm/", {"seen": filled["seen"]})


def _template_used(acts: Acts) -> Asked:
    body = {"kind": "report", "template": acts.template()["id"]}
    return Asked(OFFICE, "brief-templates/use/", body)


def _day_corrected(acts: Acts) -> Asked:
    acts.post(ADMINISTRATOR, "calendar/", {"day": "2026-12-05", "working": True})
    return Asked(ADMINISTRATOR, "calendar/2026-12-05/")


def _token(acts: Acts) -> Asked:
    token, _key = token_create(
        user=user_named(REPORTER),
        name="数据平台",
        access=TokenAccess.READ,
        expires_at=timezone.now() + dt.timedelta(days=90),
        now=timezone.now(),
    )
    return Asked(REPORTER, f"tokens/{token.pk}/")


def _delivered(acts: Acts, rest: str = "") -> Asked:
    delivery = acts.delivery()
    return Asked(REPORTER, f"webhooks/{delivery.webhook_id}/deliveries/{delivery.pk}/{rest}")


def _resumed(acts: Acts) -> Asked:
    webhook = acts.webhook()
    acts.post(REPORTER, f"webhooks/{webhook.pk}/pause/")
    return Asked(REPORTER, f"webhooks/{webhook.pk}/resume/")


def _called_off(acts: Acts) -> Asked:
    export = acts.post(OFFICE, "exports/", {"period": acts.open_period})
    return Asked(OFFICE, f"exports/{export['id']}/cancel/")


def _pause_ended(acts: Acts) -> Asked:
    pause = acts.first(OFFICE, "reminder-pauses/?is_over=false")
    return Asked(OFFICE, f"reminder-pauses/{pause['id']}/end/")


def _extension(acts: Acts, move: str, reason: str) -> Asked:
    asked = acts.first(OFFICE, "registers/extensions/?state=requested")
    return Asked(OFFICE, f"registers/extensions/{asked['id']}/{move}/", {"reason": reason})


def _extension_withdrawn(acts: Acts) -> Asked:
    body = _of_own_task(acts, new_deadline="2027-12-31", reason="需国家部委批复")
    asked = acts.post(REPORTER, "registers/extensions/", body)
    return Asked(REPORTER, f"registers/extensions/{asked['id']}/withdraw/", {})


def _approved_together(acts: Acts) -> Asked:
    waiting = acts.rows(OFFICE, f"reports/?state=submitted&period={acts.open_period}")[:2]
    rows = [{"report": one["id"], "version": one["version"]} for one in waiting]
    for one in waiting:
        acts.moved(OFFICE, one, "looked-at")
    return Asked(OFFICE, "reports/approve/", {"rows": rows})


def _result(acts: Acts) -> Asked:
    result = acts.first(OFFICE, "registers/results/")
    return Asked(OFFICE, f"registers/results/{result['id']}/strike/", {"reason": "重复登记"})


def _of_own_task(acts: Acts, **body: Any) -> Json:
    return {"task": acts.own_task, "period": acts.open_period, **body}


# By the name of an operation what is asked of it, where more than its address has to be known.
SHOWN: Mapping[str, Callable[[Acts], Asked]] = {
    "accounts_create": lambda acts: Asked(
        ADMINISTRATOR,
        "accounts/",
        {"username": "zhangsan", "name": "张三", "role": "reporter", "agency": acts.own_agency},
    ),
    "accounts_update": _account_replaced,
    "accounts_partial_update": lambda acts: Asked(
        ADMINISTRATOR,
        f"accounts/{_account(acts)['id']}/",
        {"email": "zhangsan@example.org"},
        tagged=True,
    ),
    "accounts_password": lambda acts: Asked(
        ADMINISTRATOR,
        f"accounts/{_account(acts)['id']}/password/",
        {"password": "Example-2026-password"},
    ),
    "agencies_acts_through": lambda acts: Asked(
        OFFICE, f"agencies/{BODY}/acts-through/", {"through": acts.own_agency}
    ),
    "agencies_contacts_retrieve": lambda acts: Asked(
        REPORTER, f"agencies/{acts.own_agency}/contacts/"
    ),
    "agencies_contacts_update": lambda acts: Asked(
        REPORTER,
        f"agencies/{acts.own_agency}/contacts/",
        {"leader": "李四", "leader_email": "lisi@example.org", "office": "综合处"},
        tagged=True,
    ),
    "agencies_create": lambda _acts: Asked(
        ADMINISTRATOR,
        "agencies/",
        {"name": "市低空经济发展局", "short_name": "低空局", "kind": "municipal"},
    ),
    "agencies_merge": _merger,
    "agencies_partial_update": lambda acts: Asked(
        ADMINISTRATOR,
        f"agencies/{acts.own_agency}/",
        {"contact_email": "office@example.org"},
        tagged=True,
    ),
    "agencies_rename": lambda acts: Asked(
        ADMINISTRATOR,
        f"agencies/{acts.own_agency}/rename/",
        {
            "name": "市数据和政务服务局",
            "short_name": "数据局",
            "effective_on": timezone.localdate().isoformat(),
            "document": "津编发〔2026〕12号",
            "reason": "机构改革",
        },
    ),
    "brief_templates_create": lambda _acts: Asked(
        OFFICE,
        "brief-templates/",
        form={"kind": "report", "note": "简版", "file": template_file()},
    ),
    "brief_templates_list": lambda acts: Asked(
        OFFICE, f"brief-templates/?kind={acts.template()['kind']}"
    ),
    "brief_templates_retrieve": lambda acts: Asked(
        OFFICE, f"brief-templates/{acts.template()['id']}/"
    ),
    "brief_templates_use": _template_used,
    "calendar_create": lambda _acts: Asked(
        ADMINISTRATOR, "calendar/", {"day": "2026-12-05", "working": True}
    ),
    "calendar_retrieve": _day_corrected,
    "changes_list": lambda _acts: Asked(OFFICE, "changes/?limit=20"),
    "contributions_create": lambda acts: Asked(
        REPORTER,
        "contributions/",
        acts.contribution_start(REPORTER, acts.shared_task, acts.own_agency),
    ),
    "contributions_endorse": lambda acts: _reviewed(acts, "endorse"),
    "contributions_nothing": lambda acts: Asked(
        REPORTER,
        "contributions/nothing/",
        {"task": acts.shared_task, "period": acts.open_period, "agency": acts.own_agency},
    ),
    "contributions_partial_update": lambda acts: _contribution_write(acts, remarks="建议加快。"),
    "contributions_return": lambda acts: _reviewed(acts, "return", reason="请补充数据"),
    "contributions_start_retrieve": lambda acts: Asked(
        REPORTER, f"contributions/start/?task={acts.shared_task}&agency={acts.own_agency}"
    ),
    "contributions_submit": _contribution_submitted,
    "contributions_take_over": _taken_over,
    "contributions_update": _contribution_replaced,
    "contributions_withdraw": _contribution_withdrawn,
    "deadlines_set": lambda _acts: Asked(
        OFFICE,
        "deadlines/",
        {"rows": [{"task": 22, "measure": None, "deadline": "2027-06-30"}], "reason": "按年度计划"},
    ),
    "errata_create": _erratum,
    "evidence_create": lambda acts: Asked(
        REPORTER,
        "evidence/",
        form=_of_own_task(acts, file=ContentFile(pdf(), name="佐证.pdf")),
    ),
    "exports_again": lambda acts: Asked(
        OFFICE, f"exports/{acts.first(OFFICE, 'exports/')['id']}/again/"
    ),
    "exports_cancel": _called_off,
    "exports_create": lambda acts: Asked(OFFICE, "exports/", {"period": acts.open_period}),
    "filled_forms_confirm": _confirmation,
    "filled_forms_create": lambda acts: Asked(
        REPORTER, "filled-forms/", form={"file": acts.filled_form()}
    ),
    "filled_forms_discard": lambda acts: Asked(
        REPORTER, f"filled-forms/{acts.filled()['id']}/discard/"
    ),
    "filled_forms_list": lambda acts: Asked(
        REPORTER, f"filled-forms/?state={acts.filled()['state']}"
    ),
    "filled_forms_retrieve": lambda acts: Asked(REPORTER, f"filled-forms/{acts.filled()['id']}/"),
    "notices_read": lambda acts: Asked(
        OFFICE, f"notices/{acts.first(OFFICE, 'notices/')['id']}/read/"
    ),
    "offline_forms_issue": lambda acts: Asked(
        REPORTER, "offline-forms/", {"period": acts.open_period}
    ),
    "periods_close": lambda acts: Asked(OFFICE, f"periods/{acts.open_period}/close/"),
    "periods_create": lambda _acts: Asked(OFFICE, "periods/", {"code": "2026-12"}),
    "registers_completions_reopen": lambda acts: Asked(
        OFFICE,
        f"registers/completions/{acts.first(OFFICE, GRANTED)['id']}/reopen/",
        {"reason": "企业尚未落地"},
    ),
    "registers_extensions_create": lambda acts: Asked(
        REPORTER,
        "registers/extensions/",
        _of_own_task(acts, new_deadline="2027-12-31", reason="需国家部委批复"),
    ),
    "registers_extensions_grant": lambda acts: _extension(acts, "grant", "同意"),
    "registers_extensions_refuse": lambda acts: _extension(acts, "refuse", "请按原定时限推进"),
    "registers_extensions_withdraw": _extension_withdrawn,
    "registers_matters_address": lambda acts: _matter(acts, "open", "address", to=DEVELOPMENT),
    "registers_matters_answer": _matter_answered,
    "registers_matters_close": lambda acts: _matter(acts, "answered", "close", note="已解决"),
    "registers_matters_reopen": lambda acts: _matter(acts, "closed", "reopen", reason="仍未落实"),
    "registers_results_create": lambda acts: Asked(
        REPORTER,
        "registers/results/",
        _of_own_task(acts, kind="policy", title="数据跨境流动管理办法", came_on="2026-11-10"),
    ),
    "registers_results_strike": _result,
    "reminder_pauses_create": lambda _acts: Asked(
        OFFICE,
        "reminder-pauses/",
        {"task": 22, "from_on": "2026-11-24", "until": "2026-12-04", "reason": "等待批复"},
    ),
    "reminder_pauses_end": _pause_ended,
    "reminders_by_hand": _reminder_by_hand,
    "reminders_retrieve": _reminder,
    "reports_agree": lambda acts: _agreement(acts, "agree"),
    "reports_approve": lambda acts: _report_move(acts, OFFICE, "submitted", "approve"),
    "reports_approve_many": _approved_together,
    "reports_ask": lambda acts: Asked(
        LEAD, f"reports/{(made := acts.begun(LEAD, 22))['id']}/ask/", version_of(made)
    ),
    "reports_create": lambda acts: Asked(
        REPORTER,
        "reports/",
        acts.get(REPORTER, f"reports/start/?task={acts.own_task}&period={acts.open_period}"),
    ),
    "reports_endorse": lambda acts: _report_move(acts, "approver", "agency_review", "endorse"),
    "reports_looked_at": lambda acts: _report_move(acts, OFFICE, "submitted", "looked-at"),
    "reports_object": lambda acts: _agreement(acts, "object", reason="数据口径不一致"),
    "reports_partial_update": lambda acts: Asked(
        REPORTER,
        f"reports/{(draft := _draft(acts))['id']}/",
        version_of(draft) | {"problems": "无"},
    ),
    "reports_reopen": lambda acts: _report_move(
        acts, OFFICE, "approved", "reopen", reason="数据有误"
    ),
    "reports_return": lambda acts: _report_move(
        acts, OFFICE, "submitted", "return", reason="请补充数据"
    ),
    "reports_start_retrieve": lambda acts: Asked(REPORTER, f"reports/start/?task={acts.own_task}"),
    "reports_submit": lambda acts: Asked(
        REPORTER,
        f"reports/{(draft := _draft(acts))['id']}/submit/",
        version_of(draft) | {"reason": "配合单位尚未报送"},
    ),
    "reports_take_up": lambda acts: _report_move(acts, OFFICE, "submitted", "take-up"),
    "reports_unchanged": lambda acts: Asked(REPORTER, "reports/unchanged/", _of_own_task(acts)),
    "reports_update": lambda acts: Asked(
        REPORTER, f"reports/{(draft := _draft(acts))['id']}/", _content(draft)
    ),
    "reports_withdraw": _withdrawal,
    "rules_partial_update": lambda _acts: Asked(
        OFFICE, "rules/", {"yellow_working_days": 7}, tagged=True
    ),
    "rules_update": lambda acts: Asked(
        OFFICE, "rules/", acts.get(OFFICE, "rules/") | {"yellow_working_days": 7}
    ),
    "saved_lists_create": lambda _acts: Asked(
        REPORTER, "saved-lists/", {"page": "tasks", "name": "本单位红灯", "query": "light=red"}
    ),
    "saved_lists_partial_update": _saved_list,
    "tasks_agencies_update": _agencies_of_a_task,
    "tasks_duties_update": _duties,
    "tasks_revise": _list_again,
    "tokens_retrieve": _token,
    "webhooks_deliveries_again": lambda acts: _delivered(acts, "again/"),
    "webhooks_deliveries_list": lambda acts: Asked(
        REPORTER, f"webhooks/{acts.delivery().webhook_id}/deliveries/"
    ),
    "webhooks_deliveries_retrieve": _delivered,
    "webhooks_pause": lambda acts: Asked(REPORTER, f"webhooks/{acts.webhook().pk}/pause/"),
    "webhooks_resume": _resumed,
    "webhooks_retrieve": lambda acts: Asked(REPORTER, f"webhooks/{acts.webhook().pk}/"),
    "webhooks_test": lambda acts: Asked(REPORTER, f"webhooks/{acts.webhook().pk}/test/"),
}
GRANTED = "registers/completions/?state=granted"
