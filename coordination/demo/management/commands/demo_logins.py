import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from coordination.demo import people
from coordination.demo.files import DATA
from coordination.demo.models import DemoWorld


class Command(BaseCommand):
    help = "Prints who can sign in to the demo: e-mail, password and role, separated by tabs."

    def handle(self, **options: Any) -> None:
        if not (settings.DEMO or DemoWorld.objects.exists()):
            return
        # The shell's language, by the launcher's own rule: the first of these that is set decides.
        set_ones = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
        language = "en" if (next(filter(None, set_ones), "")).lower().startswith("en") else "es"
        for login in people.logins(folder=DATA, language=language):
            self.stdout.write(f"{login.email}\t{login.password}\t{login.role}")
