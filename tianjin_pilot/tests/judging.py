"""The browser as judge: what is wrong with a page as Chromium and axe see it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
)

from progress.demonstration.people import PASSWORD
from tianjin_pilot.tests.screens import Screen

LONG = bool(os.environ.get("LONG"))
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
DESKTOP = {"width": 1280, "height": 900}
# 1280 wide at 200 % zoom has room for 640 of the page's own pixels; a phone has 390.
NARROW = (640, 390)
BAD_REQUEST = 400
# Goes to a page and gives its answer.
Opening = Callable[[Page], Response | None]

# From which side a role sees a page.
SIDES = {"reporter": "agency", "approver": "agency"}
# The rows of a long table are of the same parts; in a long run axe looks at all of them.
ROWS_LOOKED_AT = 12
ROWS_TAKEN_AWAY = """most => document.querySelectorAll(`tbody > tr:nth-child(n + ${most + 1})`)
  .forEach(row => row.remove())"""
# No page has sound or pictures that move, for which alone axe would fetch the style sheets again.
RUN_AXE = "() => axe.run(document, {resultTypes: ['violations'], preload: false})"
# The contrast of words takes longer than all the rest.
RUN_AXE_BUT_CONTRAST = """() => axe.run(document, {
  resultTypes: ['violations'], preload: false, rules: {'color-contrast': {enabled: false}}
})"""
# Contrast, of the words that look as none did before on any page: elements of the same names and
# classes all the way up, with the same colours and letters, stand out alike. Gives the new looks.
# In a long run axe looks at the contrast of all of them.
CONTRAST = """async known => {
  const before = new Set(known);
  const looks = new WeakMap();
  const hashed = text => {
    let hash = 0;
    for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) % 2 ** 47;
    return hash;
  };
  const look = element => {
    if (!element) return 0;
    if (!looks.has(element)) {
      const style = getComputedStyle(element);
      const { width, height } = element.getBoundingClientRect();
      looks.set(element, hashed([
        look(element.parentElement), element.localName, element.getAttribute('class'),
        style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.filter,
        style.fontSize, style.fontWeight, style.textShadow, style.visibility, style.position,
        width > 1 && height > 1, element.matches('[disabled], [aria-disabled=true]'),
        element.control?.disabled,
      ].join()));
    }
    return looks.get(element);
  };
  // Of a single letter axe is not sure.
  const letters = element => element.matches('input, select, textarea') ? 2 : Math.min(2,
    [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
      .map(node => node.data.trim()).join('').length);
  const found = new Map();
  for (const element of document.body.querySelectorAll('*')) {
    const most = letters(element);
    const seen = most ? `${look(element)} ${most}` : '';
    if (most && !before.has(seen) && !found.has(seen)) found.set(seen, element);
  }
  if (!found.size) return { violations: [], looks: [] };
  const rules = { resultTypes: ['violations'], preload: false, runOnly: ['color-contrast'] };
  const { violations } = await axe.run({ include: [...found.values()] }, rules);
  return { violations, looks: [...found.keys()] };
}"""
# Wider than the window, so that one has to scroll sideways to read it; tables scroll by themselves.
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Words that are cut off: in a box that hides what does not fit, and that is not hidden as a whole.
# How wide a box is comes first: that is known once, and its style is then worked out for a few.
CUT_OFF = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(e => {
  if (e.scrollWidth <= e.clientWidth + 1) return false;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const shown = box.width > 1 && box.height > 1 && style.visibility !== 'hidden';
  const hides = ['hidden', 'clip'].includes(style.overflowX);
  return shown && hides && e.innerText?.trim();
}).map(e => e.outerHTML.slice(0, 120))"""


@dataclass  # without slots: playwright keeps its own mark on who listens
class Visit:
    """What a page says of itself while it is open: messages of the console, and whom it asks."""

    page: Page
    host: str
    # What the page is to answer: that it was refused is what some are visited for.
    status: int = 200
    faults: list[str] = field(default_factory=list)
    # How words look that have been before axe, here or on a page that shares this set.
    looks: set[str] = field(default_factory=set)

    def watch(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        refused = self.status >= BAD_REQUEST and f"status of {self.status} " in message.text
        if message.type in {"error", "warning"} and not refused:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self.host:
            self.faults.append(f"another host: {request.url}")


def opened(screen: Screen, *, origin: str) -> Opening:
    """The way to a page by its address."""
    return lambda page: page.goto(origin + screen.path)


def faults_of(
    visit: Visit, opening: Opening, *, status: int = 200, by_axe: bool = True
) -> list[str]:
    """Everything wrong with the page that `opening` leads to, in words, as this person sees it.

    `by_axe` is off where the page has been before axe in another language: its elements are the
    same, and looking at them takes longer than everything else.
    """
    page = visit.page
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    visit.faults.clear()
    visit.status = status
    answer = opening(page)
    answered = answer.status if answer else 0
    if answered != status:
        return [f"answered {answered}, not {status}"]
    faults = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        if page.evaluate(IS_TOO_WIDE):
            faults.append(f"wider than {width}")
        faults += [f"cut off at {width}: {element}" for element in page.evaluate(CUT_OFF)]
    return [*visit.faults, *faults, *(_violations(page, visit.looks) if by_axe else ())]


def _violations(page: Page, looks: set[str]) -> Iterator[str]:
    """As axe sees it on a desktop. The page is no longer whole afterwards."""
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    if not LONG:
        page.evaluate(ROWS_TAKEN_AWAY, ROWS_LOOKED_AT)
    page.evaluate(AXE)
    result: dict[str, Sequence[Any]] = page.evaluate(RUN_AXE if LONG else RUN_AXE_BUT_CONTRAST)
    violations = [*result["violations"]]
    if not LONG:
        contrast: dict[str, Sequence[Any]] = page.evaluate(CONTRAST, list(looks))
        looks.update(contrast["looks"])
        violations += contrast["violations"]
    for violation in violations:
        where = [node["target"][0] for node in violation["nodes"]]
        yield f"axe {violation['id']}: {violation['help']} ({len(where)}: {where[:3]})"


@contextmanager
def signed_in(
    browser: Browser,
    origin: str,
    role: str,
    *,
    language: str = "zh-hans",
    password: str = PASSWORD,
) -> Iterator[Page]:
    """A page of the demonstration's person of this role; of nobody for ""."""
    context: BrowserContext = browser.new_context(
        viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]}
    )
    try:
        page = context.new_page()
        page.goto(f"{origin}/sign-in/")
        if language == "en":
            page.get_by_role("button", name="English").click()
        if role:
            page.locator("[name=username]").fill(role)
            page.locator("[name=password]").fill(password)
            page.locator("main form button").click()
            page.wait_for_url(lambda url: "/sign-in/" not in url)
        yield page
    finally:
        context.close()


def judged(
    browser: Browser,
    origin: str,
    screens: Sequence[Screen],
    *,
    language: str,
    by_axe: bool = True,
) -> list[str]:
    """The faults of all the screens, each with its page and the role that sees it.

    Each page is looked at as an agency and as the office sees it: to other roles it is made of the
    same parts, but for the first page, which is another one for each of them. In a long run axe
    alone leaves them out.
    """
    found = []
    seen_before: set[tuple[str, str]] = set()
    looks: set[str] = set()
    for role in dict.fromkeys(screen.role for screen in screens):
        with signed_in(browser, origin, role, language=language) as page:
            visit = Visit(page, urlsplit(origin).netloc, looks=looks)
            visit.watch()
            for screen in (one for one in screens if one.role == role):
                seen = (screen.name, role if screen.name == "home" else SIDES.get(role, "office"))
                if seen in seen_before and not LONG:
                    continue
                faults = faults_of(
                    visit,
                    opened(screen, origin=origin),
                    status=screen.status,
                    by_axe=by_axe and seen not in seen_before,
                )
                seen_before.add(seen)
                found += [f"{screen.name} as {role or 'nobody'}: {fault}" for fault in faults]
    return found
