"""`manage.py check_files` asks the scanner again about files that wait, and clears places nobody names."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from coordination.files.actions import check_some, sweep_places


class Command(BaseCommand):
    help = "Scans files that wait for their check and removes contents that no row names."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        told = check_some(now=now)
        removed = sweep_places(now=now)
        self.stdout.write(
            f"clean {told['clean']}, refused {told['refused']}, still waiting {told['quarantined']}, removed {removed}"
        )
