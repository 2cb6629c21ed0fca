"""Whether the audit trail is whole: no entry altered, none taken out, the end not cut off."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from agencies.audit import trail_faults
from agencies.models import AuditHead, AuditRemoval

MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Seal what is not sealed yet, and go through the whole audit trail. Ends with 1 and names "
        "the positions where it does not hold."
    )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        found = trail_faults()
        for removal in AuditRemoval.objects.all():
            self.stdout.write(
                f"{removal.first} to {removal.until}, of {removal.first_at:%Y-%m-%d} to "
                f"{removal.last_at:%Y-%m-%d}, were removed on {removal.removed_at:%Y-%m-%d}: "
                f"entries are kept for {removal.kept_days} days"
            )
        for sentence, positions in (
            ("missing", found.missing),
            ("altered, or sealed with another key", found.altered),
            ("removals that we did not make, up to", found.removals),
        ):
            if positions:
                named = ", ".join(map(str, positions[:MOST_NAMED]))
                more = len(positions) - MOST_NAMED
                self.stdout.write(f"{sentence}: {named}{f' and {more} more' if more > 0 else ''}")
        if found.end_is_cut:
            self.stdout.write("the end is not the one that was sealed last")
        if found:
            raise CommandError("The audit trail does not hold.")
        self.stdout.write(self.style.SUCCESS(f"{found.checked} entries hold."))
        head = AuditHead.objects.filter(pk=1).first()
        if head is not None:
            # Kept outside of this installation, it proves the trail against whoever has our key.
            self.stdout.write(f"{head.position} {head.seal}")
