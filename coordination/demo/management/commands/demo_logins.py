import os
from typing import Any

from django.core.management.base import BaseCommand

from coordination.demo import people
from coordination.demo.files import DATA
from coordination.demo.models import DemoWorld


class Command(BaseCommand):
    help = "Prints who can sign in to the demo: e-mail, password and role, separated by tabs."

    def handle(self, **options: Any) -> None:
        if not DemoWorld.objects.exists():
            return
        spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
        language = "en" if spoken.lower().startswith(("en", "c.", "posix")) else "es"
        for login in people.logins(folder=DATA, language=language):
            self.stdout.write(f"{login.email}\t{login.password}\t{login.role}")
