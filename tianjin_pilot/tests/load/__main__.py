"""`make load`: the last hour of a due date on the programs of deploy/, on this machine.

PostgreSQL, the broker and all folders are of this run alone and gone at its end. The exit code is 1
where there were errors, or where something that was acknowledged is lost.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django

from tianjin_pilot.children import ChildError, interrupt_once
from tianjin_pilot.tests import services
from tianjin_pilot.tests.installation import Installation, installation, release_copied
from tianjin_pilot.tests.run import packages_provide
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

FILLED = "filled"


def main(arguments: list[str] | None = None) -> int:
    interrupt_once()
    asked = _parser().parse_args(arguments)
    try:
        with _installed(asked.database) as made:
            return _measured(made, asked)
    except ChildError as reason:
        print(f"\nmake load: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    add = parser.add_argument
    add("--processes", type=int, nargs="+", default=[1, 2], help="of the web server, run by run")
    add("--people", type=int, default=200, help="of the agencies, all at work")
    add("--coordinators", type=int, default=6, help="one of whom has exports made all the time")
    add("--pace", type=float, default=1, help="how many times as fast as people all of it goes")
    add("--seconds", type=float, default=60, help="that are counted of each run")
    add("--ramp", type=float, default=30, help="seconds before that, in which people come")
    add("--turns", type=int, default=0, help="of each person, in place of so many seconds")
    add("--months", type=int, default=2, help="closed before the one that is open")
    add("--database", default="", help="DATABASE_URL of a migrated, empty one to be copied")
    return parser


@contextlib.contextmanager
def _installed(database_url: str) -> Iterator[Installation]:
    """This release, installed on a database and a broker that nobody else uses; Django is set up
    with its settings from here on."""
    with contextlib.ExitStack() as stack:
        is_own = not database_url
        if is_own:
            packages_provide({"postgresql": services.postgresql_programs})
            _tell("PostgreSQL")
            # As it is installed, so that what it has said is saved is on the disk.
            database_url = stack.enter_context(services.postgresql({}))
        redis_url = stack.enter_context(services.broker())
        made = stack.enter_context(installation(database_url=database_url, redis_url=redis_url))
        _tell("the release")
        made.put_in_place(release_copied(made.folder / "opt" / "release"))
        made.manage("collectstatic", "--no-input", "--verbosity", "0")
        if is_own:
            _tell("tables")
            made.manage("migrate", "--no-input", "--verbosity", "0")
        for name in SETTINGS_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(made.env, DJANGO_SETTINGS_MODULE="tianjin_pilot.settings")
        django.setup()
        yield made


def _measured(made: Installation, asked: argparse.Namespace) -> int:
    # Read once Django is set up: they are made of models.
    from django.utils import timezone

    from tianjin_pilot.benchmark.places import INSTALLED, Place
    from tianjin_pilot.benchmark.printed import machine
    from tianjin_pilot.tests.load.figures import table
    from tianjin_pilot.tests.load.laying_out import lay_out
    from tianjin_pilot.tests.load.run import Asked, run

    place, results = Place(Path(made.folder)), []
    try:
        _tell("the list, people and months")
        place.database_create(FILLED, copied_from=INSTALLED)
        with place.within(FILLED):
            print(", ".join(f"{name} {value}" for name, value in machine().items()))
            lay_out(
                people=asked.people,
                coordinators=asked.coordinators,
                months=asked.months,
                now=timezone.now(),
            )
        for processes in asked.processes:
            _tell(f"{processes}: {asked.ramp + asked.seconds:g} s")
            name = f"of_{processes}"
            place.database_create(name, copied_from=FILLED)
            with place.within(name):
                results.append(
                    run(made, processes, Asked(asked.seconds, asked.ramp, asked.pace, asked.turns))
                )
    finally:
        place.remove()
    long = f"{asked.turns} turns each" if asked.turns else f"{asked.seconds:g} s each"
    print(
        f"{asked.people} people of agencies, {asked.coordinators} coordinators and a leader, "
        f"{asked.pace:g} times as fast as people, {long}\n"
    )
    print("\n".join(table(results)))
    return 0 if all(one.is_good for one in results) else 1


def _tell(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
