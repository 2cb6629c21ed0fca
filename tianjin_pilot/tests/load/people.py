"""Who works in a due date's last hour, and what they do, one thing after the other.

Seconds are what somebody needs who reads, types and goes on at once: nobody makes a call or goes
for tea, all 200 are at it in the same minute. `Hour.pace` says how many times faster it goes.
"""

import abc
import hashlib
import itertools
import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from progress.tests.files import pdf
from tianjin_pilot.tests.load.browsers import CONFLICT, Browser, NotDone, Page
from tianjin_pilot.tests.load.figures import Seen
from tianjin_pilot.tests.load.told import Attached, Item, Moved, Saved, Told

# What a text says beside whose it is: of the length that people write.
PROSE = (
    "本期会同有关部门推进重点事项落地，新增签约企业12家，完成数据核对3批，相关制度文件已印发实施。"
    * 3
)
QUEUED = re.compile(r'<a href="(/tasks/\d+/reports/[^/"]+/(?:contributions/\d+/)?)" data-open>')
ITEM = re.compile(r"/tasks/(\d+)/reports/([^/]+)/(?:contributions/(\d+)/)?")
FILE_OF_AN_EXPORT = re.compile(r'href="(/export/jobs/\d+/file/)"')
# Of a form these are no text of anybody.
BESIDE_THE_TEXT = frozenset({"csrfmiddlewaretoken", "version", "reason"})


class Over(Exception):  # noqa: N818 - the hour is over, which is no error
    """It is enough; what is under way was finished."""


@dataclass
class Hour:
    """What all people of a run share."""

    site: Path
    period: str
    pace: float
    seen: Seen
    told: Told
    # So many things each of them does; 0: as many as there is time for.
    turns: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Account:
    """Who works; `items` are what they write, `shared` what their whole agency does.

    `number` decides what they do by chance, the same in each run.
    """

    number: int
    pk: int
    role: str
    session: str
    items: Sequence[Item] = ()
    shared: Sequence[Item] = ()


class Person(abc.ABC):
    """Somebody who works until the hour is over."""

    def __init__(self, account: Account, hour: Hour) -> None:
        self.account, self.hour = account, hour
        self.browser = Browser(hour.site, account.session, hour.seen)
        self.chance = random.Random(account.number)  # noqa: S311 - not a secret

    def work(self) -> None:
        try:
            # Not all come at the same moment.
            self._pass(self.chance.uniform(0, 15))
            for _turn in range(self.hour.turns) if self.hour.turns else itertools.count():
                try:
                    self.turn()
                except NotDone:
                    self.think(5)
                self.think(2)
        except Over:
            return
        except Exception as error:  # noqa: BLE001 - told to the thread that judges
            self.hour.seen.wrong(f"a {self.account.role} cannot go on: {error!r}")

    @abc.abstractmethod
    def turn(self) -> None:
        """One thing that this person comes to do."""

    def think(self, seconds: float) -> None:
        self._pass(seconds * self.chance.uniform(0.5, 1.5))

    def _pass(self, seconds: float) -> None:
        if self.hour.over.wait(seconds / self.hour.pace):
            raise Over

    def is_so(self, share: float) -> bool:
        return self.chance.random() < share

    def moved(self, page: Page, item: Item, move: str, *, reason: str = "") -> bool:
        """Press the button of this move, where the page has it."""
        fields = page.form(f'<form method="post" action="{item.address}{move}/"')
        if not fields:
            return False
        fields |= {"reason": reason} if reason else {}
        lead = self.browser.send(f"move: {move}", f"{item.address}{move}/", fields)
        self.hour.told.take(Moved(item, self.account.pk, move))
        self.browser.open("report after a move", lead)
        return True


class Writer(Person):
    """Writes what the agency owes, one after the other, and corrects what came back."""

    _texts = 0

    def turn(self) -> None:
        self.browser.open("my tasks", "/my/")
        self.think(8)
        # Now and then somebody goes on with what a colleague has begun.
        mine = self.account.shared if self.is_so(0.05) else self.account.items
        if not mine:
            self.browser.open("board of the agency", "/board/")
            return
        item = self.chance.choice(list(mine))
        page = self.browser.open("report", item.address)
        self.think(5)
        if f'href="{item.address}edit/"' in page.text:
            self._write(item)
        elif self.moved(page, item, "withdraw"):
            self.think(5)
            self._write(item)

    def _write(self, item: Item) -> None:
        page = self.browser.open("form", f"{item.address}edit/")
        fields = page.form('<form id="draft"')
        self.think(10)
        for _save in range(self.chance.randint(3, 6)):
            self._type(fields)
            self._saved_by_itself(item, fields)
            self.think(12)
        if self.is_so(0.4):
            self._attach(item, page)
            self.think(15)
        self._type(fields)
        if self.is_so(0.8):
            self._press(item, fields, then="submit")
        else:
            self._press(item, fields, then="stay")

    def _type(self, fields: dict[str, str]) -> None:
        """Another text for one of the measures."""
        self._texts += 1
        name = self.chance.choice([one for one in fields if one.startswith("text_")] or ["remarks"])
        fields[name] = f"{self.account.pk}第{self._texts}稿：{PROSE}"
        status = name.replace("text_", "status_")
        if fields.get(status) == "not_started":
            fields[status] = "in_progress"

    def _saved_by_itself(self, item: Item, fields: dict[str, str]) -> None:
        sent = fields | {"then": "autosave", "writer": str(self.account.pk)}
        said = self.browser.send_by_script("draft saves itself", f"{item.address}edit/", sent)
        self._told_saved(item, fields)
        if str(said["version"]) != fields["version"]:
            was = int(fields["version"]) - 1
            self.hour.seen.wrong(f"a save of version {was} was answered as {said['version']}")

    def _press(self, item: Item, fields: dict[str, str], *, then: str) -> None:
        if then == "submit" and "reason" in fields:
            fields["reason"] = "其余单位的进展尚在核对"
        act = "submit" if then == "submit" else "save draft"
        try:
            lead = self.browser.send(act, f"{item.address}edit/", fields | {"then": then})
        except NotDone as refused:
            if then == "submit" and refused.status == CONFLICT:
                version = int(fields["version"]) + 1
                text = Saved(item, self.account.pk, version, texts_of(fields))
                self.hour.told.submission_refused(text)
            raise
        self._told_saved(item, fields)
        if then == "submit":
            self.hour.told.take(Moved(item, self.account.pk, then, texts_of(fields)))
        self.browser.open("form" if then == "stay" else "my tasks", lead)

    def _told_saved(self, item: Item, fields: dict[str, str]) -> None:
        """A save over the version that was seen makes the one after it, and is refused else."""
        version = int(fields["version"]) + 1
        fields["version"] = str(version)
        self.hour.told.take(Saved(item, self.account.pk, version, texts_of(fields)))

    def _attach(self, item: Item, page: Page) -> None:
        content = pdf(f"{self.account.pk} {self._texts} {'evidence ' * 2_000}")
        name = f"{self.account.pk}-{self._texts}.pdf"
        address = f"{item.address}evidence/"
        self.browser.upload("upload", address, page.key, name=name, content=content)
        sha256 = hashlib.sha256(content).hexdigest()
        self.hour.told.take(Attached(item, self.account.pk, sha256))


class Reviewer(Person):
    """Goes through a queue: an agency's approver, or a coordinator."""

    forth = "endorse"
    back = 0.1

    def turn(self) -> None:
        self.review()
        self.think(15)

    def review(self) -> None:
        queue = self.browser.open("queue", "/review/")
        self.think(3)
        waiting = QUEUED.findall(queue.text)
        if not waiting:
            return
        address = self.chance.choice(waiting[:5])
        page = self.browser.open("report to review", address)
        self.think(15)
        if self.is_so(self.back):
            self.moved(page, item_at(address), "return", reason="请补充本期数据")
        else:
            self.moved(page, item_at(address), self.forth)


class Coordinator(Reviewer):
    """Watches the board, looks at the whole, and decides."""

    forth = "approve"
    back = 0.25

    def turn(self) -> None:
        self.browser.open("board", "/board/")
        self.think(8)
        if self.is_so(0.6):
            self.review()
        elif self.is_so(0.5):
            self.browser.open("overview", "/overview/")
        else:
            self.browser.open("tasks searched", f"/tasks/?{urlencode({'q': '数据'})}")
        self.think(8)


class Exporter(Person):
    """Has the progress report made, by a job and at once, again and again."""

    def turn(self) -> None:
        page = self.browser.open("export", "/export/")
        self.think(4)
        asked = f"/export/?period={self.hour.period}"
        lead = self.browser.send("export asked", asked, {"csrfmiddlewaretoken": page.key})
        self.hour.told.export_asked(int(lead.rstrip("/").rpartition("/")[2]))
        while not (
            found := FILE_OF_AN_EXPORT.search(self.browser.open("export's page", lead).text)
        ):
            self._pass(2)
        self._is_workbook(self.browser.download("export's file", found[1]))
        self.think(6)
        at_once = f"/export/progress.xlsx?period={self.hour.period}"
        self._is_workbook(self.browser.download("workbook at once", at_once))
        self.think(10)

    def _is_workbook(self, content: bytes) -> None:
        if not content.startswith(b"PK"):
            self.hour.seen.wrong("an export is no workbook")


class Leader(Person):
    """Looks at the state of the whole, and at a chapter of it."""

    def turn(self) -> None:
        self.browser.open("overview", "/overview/")
        self.think(8)
        self.browser.open("chapter", f"/chapters/{self.chance.randint(1, 14)}/")
        self.think(8)


def texts_of(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in BESIDE_THE_TEXT}


def item_at(address: str) -> Item:
    found = ITEM.fullmatch(address)
    assert found is not None
    return Item(int(found[1]), found[2], int(found[3]) if found[3] else None)
