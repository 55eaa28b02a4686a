from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.taxonomies import loader


class Command(BaseCommand):
    help = "Adds the reference data that is missing: territories, sectors, axes, GCM, SDG. Deletes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--refresh",
            action="store_true",
            help="also give rows that exist the wording and links that are shipped",
        )
        parser.add_argument(
            "--folder",
            type=Path,
            default=loader.DATA,
            help="where the files are; the shipped ones by default",
        )

    def handle(self, *, refresh: bool, folder: Path, **options: Any) -> None:
        try:
            counts = loader.load(folder=folder, refresh=refresh)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"A file of reference data is broken, nothing was loaded: {error}") from error
        if options["verbosity"]:
            self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()))
