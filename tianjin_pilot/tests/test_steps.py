"""The steps of a run go two at a time, and are told as if each had been alone."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tianjin_pilot.tests.run import ROOT, SUITE, source_steps
from tianjin_pilot.tests.steps import Step, steps_take
from tianjin_pilot.tests.test_run import descendants, left, printed_until

# Waits until the other has begun as well, which only happens if both run at the same time.
MEETS = """
import pathlib, sys, time
own, other = (pathlib.Path(name) for name in sys.argv[1:])
own.touch()
until = time.monotonic() + 30
while not other.exists() and time.monotonic() < until:
    time.sleep(0.01)
sys.exit(not other.exists())
"""
HANGS = """
import subprocess, sys, time
with subprocess.Popen(["sleep", "300"]):
    pass
"""


def says(name: str, text: str = "pass") -> Step:
    return Step(name, [sys.executable, "-c", text])


def test_each_is_told_whole_and_in_order_whichever_ends_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first one waits for a file that the third one writes."""
    waits = "import pathlib, time\nprint('one', flush=True)\n"
    waits += "while not pathlib.Path('third').exists(): time.sleep(0.01)\nprint('two')"
    taken = [
        says("first", waits),
        says("second", "import sys; print('three'); print('four', file=sys.stderr)"),
        says("third", "open('third', 'w'); print('五')"),
    ]
    assert steps_take(taken, folder=tmp_path) == []
    told = capfd.readouterr().out
    assert re.sub(r"\d+\.\d s", "… s", told).splitlines() == [
        *("", "==> first", "one", "two", "    done in … s"),
        *("", "==> second", "three", "four", "    done in … s"),
        # Nothing follows the last one's own closing line.
        *("", "==> third", "五"),
    ]


def test_two_run_at_a_time_and_no_more(tmp_path: Path) -> None:
    meets = [sys.executable, "-c", MEETS]
    taken = [Step("one", [*meets, "a", "b"]), Step("other", [*meets, "b", "a"])]
    assert steps_take(taken, folder=tmp_path) == []
    counts = "import os, sys, time\nopen(f'runs-{os.getpid()}', 'w')\ntime.sleep(0.2)\n"
    counts += "running = [one for one in os.listdir() if one.startswith('runs-')]\n"
    counts += "os.remove(f'runs-{os.getpid()}')\nsys.exit(len(running) > 2)"
    many = [says(str(number), counts) for number in range(5)]
    assert steps_take(many, folder=tmp_path) == []


def test_every_one_is_taken_and_each_that_failed_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fails = "print('why'); raise SystemExit(3)"
    taken = [says("a", fails), says("b"), says("c", fails), says("d"), says("e", fails)]
    assert steps_take(taken, folder=tmp_path) == ["a", "c", "e"]
    told = capfd.readouterr().out
    assert re.findall(r"==> (\w)|(FAILED|done) in", told) == [
        *(("a", ""), ("", "FAILED"), ("b", ""), ("", "done")),
        *(("c", ""), ("", "FAILED"), ("d", ""), ("", "done"), ("e", "")),
    ]


def test_the_foremost_one_is_told_while_it_prints() -> None:
    text = "print('begun', flush=True); __import__('time').sleep(300)"
    with run_of(says("slow", text), says("beside it", "print('not yet')")) as run:
        assert printed_until(run, "begun") == "\n==> slow\nbegun\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_leaves_nothing_behind(ending: signal.Signals) -> None:
    with run_of(says("one", f"print('begun', flush=True){HANGS}"), says("other", HANGS)) as run:
        printed_until(run, "begun")
        until = time.monotonic() + 30
        while len(began := descendants(run.pid)) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(began) == 4
        # As a terminal does: all that was begun in it.
        os.killpg(run.pid, ending)
        run.communicate(timeout=60)
    assert run.returncode == 130
    assert left(began) == []


def test_one_that_makes_do_with_less_is_nice(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # It is told so a moment after it has begun.
    asks = "import os, time; time.sleep(0.5); print(os.getpriority(os.PRIO_PROCESS, 0))"
    nice = Step("nice", [sys.executable, "-c", asks], niceness=19)
    assert steps_take([nice], folder=tmp_path) == []
    assert capfd.readouterr().out.splitlines()[-1] == "19"


def test_what_python_compiles_is_kept_and_settings_of_a_person_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///of-a-person.sqlite3")
    asks = "import os, sys; print(sys.dont_write_bytecode, os.environ.get('DATABASE_URL'))"
    assert steps_take([says("asks", asks)], folder=tmp_path) == []
    assert capfd.readouterr().out.splitlines()[-1] == "False None"


def test_what_the_suites_leave_out_is_a_step_of_its_own() -> None:
    left_out = [one.removeprefix("--ignore=") for one in SUITE if one.startswith("--ignore=")]
    [taken] = [step.command for step in source_steps({}) if "pytest" in step.command]
    assert [one for one in taken if one.endswith(".py")] == left_out
    assert all((ROOT / one).is_file() for one in left_out)


@contextlib.contextmanager
def run_of(*taken: Step) -> Iterator[subprocess.Popen[str]]:
    """These steps, taken by a program in a session of its own as a terminal gives."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tianjin_pilot.children import interrupt_once\n"
        "from tianjin_pilot.tests.steps import Step, steps_take\n"
        "interrupt_once()\n"
        "try:\n"
        f"    steps_take({[*taken]!r}, folder=Path('.'))\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            yield run
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGTERM)
