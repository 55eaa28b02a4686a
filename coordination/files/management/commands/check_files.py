"""`manage.py check_files` asks the scanner again about files that wait, and clears places nobody names."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from coordination.files.actions import check_waiting, sweep_places
from coordination.files.models import StoredFile


class Command(BaseCommand):
    help = "Scans files that wait for their check and removes contents that no row names."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        waiting = StoredFile.objects.filter(state=StoredFile.State.QUARANTINED).values_list("pk", flat=True)
        states = [check_waiting(file_id=pk, now=now).state for pk in list(waiting)]
        removed = sweep_places(now=now)
        told = {state: states.count(state) for state in StoredFile.State.values}
        self.stdout.write(
            f"clean {told['clean']}, refused {told['refused']}, still waiting {told['quarantined']}, removed {removed}"
        )
