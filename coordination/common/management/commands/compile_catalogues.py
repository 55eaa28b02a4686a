"""`manage.py compile_catalogues` makes the .mo files; a fresh machine has no gettext of its own."""

from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand

from coordination.common.catalogues import catalogue_path


class Command(BaseCommand):
    help = "Compiles locale/*/django.po when it is newer than its .mo."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for code, _name in settings.LANGUAGES:
            source = catalogue_path(code)
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                polib.pofile(str(source)).save_as_mofile(str(target))
                self.stdout.write(f"{code}: compiled")
