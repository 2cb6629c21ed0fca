"""What the tools themselves say of deploy/: systemd of the units, nginx of its configuration,
Docker of the compose file.

A machine need not have them all. What could not be tried is said, and is no fault.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tianjin_pilot.tests import nginx
from tianjin_pilot.tests.installation import DEPLOY, Installation, installation, release_copied

# Of ten; a service without any of its measures has 9.6. What is left is the network, which is ours.
MOST_EXPOSED = 2.0


def units_complained_of(made: Installation) -> str:
    """What systemd finds in the units, and which are more exposed than they need be."""
    folder = made.folder / "systemd"
    folder.mkdir()
    for path in sorted((DEPLOY / "systemd").iterdir()):
        (folder / path.name).write_text(made.here(path.read_text()))
    said = _said("systemd-analyze", "verify", "--man=no", *map(str, sorted(folder.iterdir())))
    for path in sorted(folder.glob("*.service")):
        limit = f"--threshold={round(MOST_EXPOSED * 10)}"
        said += _said("systemd-analyze", "security", "--offline=true", limit, str(path), quiet=True)
    return said


def nginx_complained_of(made: Installation) -> str:
    ports = {"http": nginx.free_port(), "https": nginx.free_port()}
    return nginx.complaints(nginx.configured(made, **ports))


def compose_complained_of(made: Installation) -> str:
    folder = made.folder / "compose" / "deploy"
    folder.mkdir(parents=True)
    shutil.copy(DEPLOY / "compose.yaml", folder)
    shutil.copy(DEPLOY / "environment.example", folder / "environment")
    return _said("docker", "compose", "--file", str(folder / "compose.yaml"), "config", "--quiet")


def _said(*command: str, quiet: bool = False) -> str:
    """What a program says, where it finds fault; of one that always talks, only with a fault."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    if ran.returncode:
        return said or f"{command[0]} ended with {ran.returncode}\n"
    return "" if quiet else said


def _docker_composes() -> bool:
    docker = shutil.which("docker")
    return (
        bool(docker)
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    )


TOOLS: tuple[tuple[str, Callable[[], object], Callable[[Installation], str]], ...] = (
    ("the units, by systemd", lambda: shutil.which("systemd-analyze"), units_complained_of),
    ("nginx's configuration, by nginx", lambda: nginx.PROGRAM, nginx_complained_of),
    ("the compose file, by Docker", _docker_composes, compose_complained_of),
)


def main() -> int:
    found_fault = False
    with (
        tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as folder,
        installation(database_url="", redis_url="") as made,
    ):
        made.put_in_place(release_copied(Path(folder) / "release"))
        for what, is_there, complained_of in TOOLS:
            if not is_there():
                print(f"    not tried, since it is not on this machine: {what}")
                continue
            said = complained_of(made)
            found_fault |= bool(said)
            print(f"    {f'FAULTY: {what}: {said}' if said else f'fine: {what}'}")
    return int(found_fault)


if __name__ == "__main__":
    sys.exit(main())
