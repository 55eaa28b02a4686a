"""`manage.py messages` updates the catalogues from the code; `--check` says what is untranslated."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coordination.common import catalogues


class Command(BaseCommand):
    help = "Updates locale/*/django.po from the code, or checks that they are complete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say what is missing; fail when anything is"
        )
        parser.add_argument(
            "--take", nargs="*", default=[], help="Spanish .po files to take translations from"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            problems = [p for code, _name in settings.LANGUAGES for p in catalogues.missing(code)]
            if problems:
                raise CommandError("\n".join(problems))
            return
        for code, _name in settings.LANGUAGES:
            sources = [Path(file) for file in options["take"]] if code == "es" else []
            path = catalogues.catalogue_path(code)
            catalogue = catalogues.update(code, sources=sources)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalogue.save(str(path))
            untranslated = sum(1 for entry in catalogue if not entry.translated())
            self.stdout.write(f"{code}: {len(catalogue)} strings, {untranslated} untranslated")
