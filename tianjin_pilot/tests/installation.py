"""An installation in a scratch folder, of the files under deploy/, run as systemd would run it.

What is started are the units' own command lines, in the environment of the example beside them;
only the folders and addresses in them are others. There is no systemd here: what it adds beside
that (the account, the hardening) is looked at by `deployment_files`.
"""

import contextlib
import http.client
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from tianjin_pilot.children import Child, ChildError, child
from tianjin_pilot.tests.run import ROOT, service_environment
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

DEPLOY = ROOT / "deploy"
HOST = "pilot.example.cn"
NOT_OF_A_RELEASE = shutil.ignore_patterns(
    ".git", ".venv", "var", "staticfiles", "__pycache__", ".*_cache", ".hypothesis", "docs"
)
# What systemd does for a socket that it holds: the program finds it as its third file.
ACTIVATED = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3, inheritable=True);"
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


def unit(name: str, *, deploy: Path = DEPLOY) -> dict[str, list[str]]:
    """The settings of a unit under deploy/systemd, each with its values in their order."""
    found: dict[str, list[str]] = {}
    for line in (deploy / "systemd" / name).read_text().splitlines():
        setting = re.fullmatch(r"([A-Za-z]+)=(.*)", line)
        if setting:
            found.setdefault(setting[1], []).append(setting[2])
    return found


def release_copied(folder: Path) -> Path:
    """This release as an installation has it, in a new folder: without what was made beside it."""
    shutil.copytree(ROOT, folder, ignore=NOT_OF_A_RELEASE, symlinks=True)
    return release_finished(folder)


def release_finished(folder: Path) -> Path:
    """The folder of a release, with the packages of this run."""
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@dataclass
class Installation:
    """Where what stands in an installation's folders lies here, and what is set for it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def current(self) -> Path:
        return self.folder / "opt" / "current"

    def put_in_place(self, release: Path) -> None:
        """Let `current` lead to that release, from one moment to the next."""
        link = self.folder / "opt" / "next"
        link.symlink_to(release)
        link.replace(self.current)

    def here(self, text: str) -> str:
        """The text of a file under deploy/, with the folders of this installation."""
        for named, folder in {
            "/opt/tianjin-pilot": "opt",
            "/etc/tianjin-pilot": "etc",
            "/var/lib/tianjin-pilot": "var",
            "/run/tianjin-pilot": "run",
        }.items():
            text = text.replace(named, str(self.folder / folder))
        return text

    def command(self, name: str, setting: str = "ExecStart") -> list[str]:
        """The command line of a unit of the current release; %i is 1, and %%h this machine."""
        [line] = unit(name, deploy=self.current / "deploy")[setting]
        words = [word.replace("%i", "1").replace("%%h", "%h") for word in shlex.split(line)]
        return [self.here(word) for word in words]

    def manage(self, *arguments: str, release: Path | None = None) -> str:
        """What `manage.py` says; raises ChildError where it fails."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=release or self.current,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise ChildError(f"manage.py {' '.join(arguments)} fails:\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    @contextlib.contextmanager
    def running(self, name: str, *, held: socket.socket | None = None) -> Iterator["Program"]:
        """The program of the unit; `held` is the socket that systemd would hold for it."""
        program = Program(self, name, held)
        program.start()
        try:
            yield program
        finally:
            program.end()


class Program:
    """A program of a unit, which can be ended, killed and started again."""

    def __init__(self, of: Installation, name: str, held: socket.socket | None) -> None:
        self.of, self.name, self.held = of, name, held
        self.log = of.folder / f"{name}.{id(self)}.log"
        self._running = contextlib.ExitStack()
        self.process: Child

    def start(self) -> None:
        command = self.of.command(self.name)
        if self.held is not None:
            # A file of a higher number than the third, which is to be written over.
            command = [sys.executable, "-c", ACTIVATED, str(self.held.fileno()), *command]
        output = self._running.enter_context(self.log.open("ab"))
        self.process = self._running.enter_context(
            child(
                command,
                env=self.of.env,
                cwd=self.of.current,
                output=output,
                seconds_to_end=60,
                passed=[self.held.fileno()] if self.held is not None else [],
            )
        )

    def end(self) -> None:
        """As systemctl stop does it: what it is about is finished first."""
        self._running.close()

    def restart(self) -> None:
        self.end()
        self.start()

    def reload(self) -> None:
        """As systemctl reload does it (ExecReload)."""
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """kill -9 of the program with all its processes, which systemd would start again."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._running.close()

    def child_killed(self) -> int:
        """kill -9 of one of its processes; the program itself has to make up for it."""
        [victim, *_others] = children_of(self.process.pid)
        os.kill(victim, signal.SIGKILL)
        return victim


def children_of(pid: int) -> list[int]:
    """The processes that this one has begun, the oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything but ends with the last bracket.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found.append(int(stat.parent.name))
    return sorted(found)


@contextlib.contextmanager
def installation(*, database_url: str, redis_url: str, **settings: str) -> Iterator[Installation]:
    """An installation without a release; `settings` are set beside those of the example."""
    with tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as name:
        made = Installation(Path(name))
        for folder in ("opt", "etc", "var", "run", "var/evidence"):
            (made.folder / folder).mkdir()
        example = made.here((DEPLOY / "environment.example").read_text())
        written = dict(re.findall(r"^([A-Z_]+)='?([^'\n]*)'?$", example, re.MULTILINE))
        inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
        keys = service_environment({})["SECRET_KEY"]
        for file in ("secret-key", "audit-keys"):
            (made.folder / "etc" / file).write_text(f"{keys}\n")
        made.env = {
            **inherited,
            **written,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PYTHONDONTWRITEBYTECODE": "",
            **settings,
        }
        yield made


@contextlib.contextmanager
def held_socket(path: Path) -> Iterator[socket.socket]:
    """The socket of a web server, held by somebody else than the web server."""
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(path))
        held.listen(2048)
        yield held


class SocketConnection(http.client.HTTPConnection):
    """A request to a web server as nginx makes it, over its socket."""

    def __init__(self, path: Path, *, timeout: float = 60) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Message


def asked(
    path: Path,
    method: str,
    address: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """What the web server at this socket answers; OSError or HTTPException where it does not."""
    with contextlib.closing(SocketConnection(path)) as connection:
        of_nginx = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        connection.request(method, address, body, {**of_nginx, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.headers)


def until_answered(path: Path, program: Program, *, seconds: float = 90) -> None:
    """Return once /healthz answers at the socket; ChildError with the log where it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and program.process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            # An earlier release may know no such address, and answers that.
            if asked(path, "GET", "/healthz").status < 500:
                return
        time.sleep(0.05)
    raise ChildError(f"{program.name} does not answer. It said:\n{program.log.read_text()[-3000:]}")
