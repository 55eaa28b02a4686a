from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coordination.demo import world
from coordination.demo.files import BrokenData
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session


class Command(BaseCommand):
    help = "Fills an empty database with the demo world, or adds what is missing to one that has it."

    def handle(self, **options: Any) -> None:
        try:
            loaded = world.load(now=timezone.now())
        except world.NotADemo as error:
            raise CommandError(
                "This database has mesas, organizations or users and is not a demo: nothing was written. "
                "Choose an empty one, for example with another MINGA_HOME."
            ) from error
        except BrokenData as error:
            raise CommandError(f"A data file of the demo is broken, nothing was loaded: {error}") from error
        if not options["verbosity"]:
            return
        counts = (Organization.objects.count(), Mesa.objects.count(), Session.objects.count())
        self.stdout.write("Demo world: {} organizations, {} mesas, {} sessions.".format(*counts))
        if loaded.left_out:
            self.stdout.write("Not loaded, because it would take a guess:")
        for fact in loaded.left_out:
            self.stdout.write(f"  {fact.source_id}: {fact.statement} ({fact.reason})")
