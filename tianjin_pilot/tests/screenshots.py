"""`make screenshots`: a picture of every page at three widths, as each role sees it.

The demonstration is laid out in a database of its own and served from there, so neither the data
of `make run` nor its port is touched. LANGUAGE=en takes the pages in English.
"""

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tianjin_pilot.children import ChildError, child, interrupt_once
from tianjin_pilot.embedded import (
    VAR_DIR,
    Address,
    StartError,
    fill_environment,
    prepare_database,
    wait_for_answer,
    web_command,
)
from tianjin_pilot.tests.documents import documents_photograph
from tianjin_pilot.tests.services import chromium
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

FOLDER = VAR_DIR / "screenshots"
WIDTHS = (1440, 1280, 390)
HEIGHT = 900


def main() -> int:
    """Take the pictures and say where they are; the exit code is 0 if every page answered."""
    interrupt_once()
    try:
        with contextlib.ExitStack() as stack:
            origin = stack.enter_context(demonstration_served())
            # A desktop that is set to English has a list here, such as en_GB:en.
            language = "en" if os.environ.get("LANGUAGE") == "en" else "zh-hans"
            failed = pictures_take(origin, language=language)
            told = documents_photograph()
    except (ChildError, StartError) as reason:
        print(f"\nmake screenshots: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    for sentence in failed:
        print(f"make screenshots: {sentence}", file=sys.stderr)
    print(f"The pictures are in {FOLDER}/<width>/<role>-<page>.png")
    print(told)
    return 1 if failed else 0


@contextlib.contextmanager
def demonstration_served() -> Iterator[str]:
    """The address of a server with the demonstration of today; it ends with the block.

    Raises ChildError or StartError if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", free.getsockname()[1])
        free.close()
        # What a person has set for an installation of their own has no say here.
        for name in SETTINGS_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(
            DEBUG="1",
            DATABASE_URL=f"sqlite:///{folder}/demonstration.sqlite3",
            EVIDENCE_DIR=f"{folder}/evidence",
            DJANGO_SETTINGS_MODULE="tianjin_pilot.settings",
            # Playwright keeps an event loop in this thread, from which the table of pages is read.
            DJANGO_ALLOW_ASYNC_UNSAFE="true",
        )
        fill_environment(address)
        prepare_database()
        # What it says of the pages that are refused on purpose would hide the progress.
        log = Path(folder) / "server.log"
        with log.open("wb") as output, child(web_command(address), output=output) as server:
            try:
                wait_for_answer(address, {"web server": server})
            except ChildError as reason:
                raise ChildError(f"{reason} It said:\n{log.read_text()}") from reason
            yield address.url


def pictures_take(origin: str, *, language: str) -> Sequence[str]:
    """Write every page at every width under FOLDER, in place of what is there.

    Returns a sentence for each page whose answer was not the expected one. Raises ChildError where
    there is no Chromium.
    """
    # Read once Django is set up: the table of pages is made of models.
    from tianjin_pilot.tests.judging import signed_in
    from tianjin_pilot.tests.screens import screens

    browser_path = chromium()
    if browser_path is None:
        raise ChildError(
            "There is no Chromium: sudo apt-get install chromium-headless-shell fonts-noto-cjk"
        )
    for width in WIDTHS:
        shutil.rmtree(FOLDER / str(width), ignore_errors=True)
        (FOLDER / str(width)).mkdir(parents=True)
    listed, failed, began = list(screens()), [], time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        done = 0
        for role in dict.fromkeys(screen.role for screen in listed):
            with signed_in(browser, origin, role, language=language) as page:
                for screen in (one for one in listed if one.role == role):
                    answer = page.goto(origin + screen.path)
                    if answer is None or answer.status != screen.status:
                        status = answer.status if answer else "nothing"
                        failed.append(f"{screen.path} answered {status} to {role or 'nobody'}.")
                    _photograph(page, f"{role or 'nobody'}-{screen.name}.png")
                    done += 1
                    print(f"{done}/{len(listed)}  {role or 'nobody'}  {screen.path}", flush=True)
    print(f"{done * len(WIDTHS)} pictures in {time.monotonic() - began:.0f} s.")
    return failed


def _photograph(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.screenshot(path=_path(width, name), full_page=True)


def _path(width: int, name: str) -> Path:
    return FOLDER / str(width) / name


if __name__ == "__main__":
    sys.exit(main())
