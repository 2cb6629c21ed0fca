"""The steps of a run: two at a time, and told one after the other as if each were alone."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

# The machines that run this have two cores, and most steps use one.
AT_ONCE = 2
SECONDS_TO_END = 20
SECONDS_BETWEEN_LOOKS = 0.1
# Where Python is told to keep nothing of what it compiles, each of the many programs that a run
# starts compiles the project anew: half a second each, and ten seconds each process of a suite.
KEEP_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True, slots=True)
class Step:
    """A command and what it needs in its environment beside that of the run.

    With a `niceness` it makes do with what the step beside it leaves of the processors.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    niceness: int = 0


def steps_take(steps: Sequence[Step], *, folder: Path) -> list[str]:
    """Take every step in the folder, also after one that failed; the names of those that did.

    They begin in their order, and are told in it: each with all that it printed, the foremost one
    while it prints, and with how long it took. The last one's own closing line stays the last.
    An interruption is passed on once those that run have ended.
    """
    failed = []
    with _begun() as begun:
        for place, step in enumerate(steps):
            print(f"\n==> {step.name}", flush=True)
            while place >= len(begun) or begun[place].runs():
                if len(begun) < len(steps) and sum(one.runs() for one in begun) < AT_ONCE:
                    begun.append(_Taken(steps[len(begun)], folder))
                else:
                    begun[place].tell()
                    time.sleep(SECONDS_BETWEEN_LOOKS)
            begun[place].tell()
            if not begun[place].succeeded():
                failed.append(step.name)
            if place < len(steps) - 1:
                outcome = "done" if begun[place].succeeded() else "FAILED"
                print(f"    {outcome} in {begun[place].seconds:.1f} s", flush=True)
    return failed


class _Taken:
    """A step that has begun, and how much has been told of what it prints."""

    def __init__(self, step: Step, folder: Path) -> None:
        inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
        self._began = time.monotonic()
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _begun
        self._told = 0
        self.seconds: float | None = None
        self.process = subprocess.Popen(
            step.command,
            cwd=folder,
            env={**inherited, **KEEP_COMPILED, **step.env},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )
        if step.niceness:
            os.setpriority(os.PRIO_PROCESS, self.process.pid, step.niceness)

    def runs(self) -> bool:
        if self.seconds is None and self.process.poll() is not None:
            self.seconds = time.monotonic() - self._began
        return self.seconds is None

    def succeeded(self) -> bool:
        return self.process.returncode == 0

    def tell(self) -> None:
        """Print what it has printed since this was last asked."""
        # Both have one place in the file, which is where the step writes; reading must not move it.
        while more := os.pread(self.output.fileno(), 1 << 16, self._told):
            self._told += len(more)
            sys.stdout.buffer.write(more)
        sys.stdout.flush()


@contextlib.contextmanager
def _begun() -> Iterator[list[_Taken]]:
    """A list of what has begun; at the end of the block none of it runs any more."""
    begun: list[_Taken] = []
    try:
        yield begun
    finally:
        # From a terminal they have been interrupted as well; SIGTERM has come here only.
        for one in begun:
            one.process.terminate()
        until = time.monotonic() + SECONDS_TO_END
        for one in begun:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(max(0, until - time.monotonic()))
            one.process.kill()
            one.process.wait()
            one.output.close()
