"""How fast the product is here, beside what it is compared with."""

import contextlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from tianjin_pilot.benchmark.printed import document, how_measured, table
from tianjin_pilot.benchmark.run import benchmark_run
from tianjin_pilot.benchmark.scales import SCALES
from tianjin_pilot.children import interrupt_once


class Command(BaseCommand):
    help = (
        "Measure pages, figures, documents and jobs beside what each is compared with, and say "
        "which budgets hold. Everything happens in databases of its own, beside the one that "
        "DATABASE_URL names, with made-up rows; they are removed at the end, also when "
        "interrupted. S takes about two minutes."
    )
    # The installation need not be up to date, nor right: its own database is not opened.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale",
            choices=list(SCALES),
            default="S",
            help="how much there is: S is the city (131 tasks, 24 months), M 4,061 tasks and L "
            "39,300 tasks for 60 months; XS shows in seconds that it works, its times mean nothing",
        )
        parser.add_argument(
            "--json", type=Path, metavar="FILE", help="write what was measured there as well"
        )
        parser.add_argument(
            "--explain", action="store_true", help="say how each number is measured, and end"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if options["explain"]:
            for line in how_measured():
                self.stdout.write(line)
            return
        scale, told = SCALES[options["scale"]], options["verbosity"] > 0
        if options["json"] is not None and not options["json"].parent.is_dir():
            raise CommandError(f"There is no folder {options['json'].parent}.")
        interrupt_once()

        def tell(what: str) -> None:
            if told:
                self.stderr.write(f"  {what} …")

        machine: dict[str, str] = {}
        try:
            run = benchmark_run(scale, tell=tell, taken_on=machine.update)
            with contextlib.closing(run) as lines:
                measured = list(lines)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; what was made is removed.", returncode=130) from None
        self.stdout.write(" · ".join(machine.values()))
        for line in table(measured, scale):
            self.stdout.write(line)
        if options["json"] is not None:
            said = json.dumps(document(measured, scale, machine), ensure_ascii=False, indent=1)
            options["json"].write_text(f"{said}\n", "utf-8")
