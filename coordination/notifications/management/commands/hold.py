"""Holding and releasing every message on a machine without a browser."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import SYSTEM
from coordination.common.dates import moment
from coordination.common.errors import DomainError
from coordination.notifications import holding


class Command(BaseCommand):
    help = "Says what is held; holds everything with --reason; releases it with --release all or --release ahead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", help="hold everything, and show this on every page")
        parser.add_argument(
            "--release",
            choices=["all", "ahead"],
            help="all that is still true and in time, or only what falls due from now on",
        )
        parser.add_argument(
            "--restored", metavar="DATE", help="used by ./minga restore: the date of the backup"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            if options["restored"]:
                at = parse_datetime(options["restored"])
                if at is None:
                    raise CommandError(f"not a date: {options['restored']}")
                with translation.override("es"):
                    reason = str(RESTORED) % {"date": moment(at, "America/Guayaquil")}
                holding.hold_restored(reason=reason, by=SYSTEM, now=now)
            elif options["reason"]:
                holding.hold_everything(reason=options["reason"][:300], by=SYSTEM, now=now)
            elif options["release"]:
                done = holding.release(overdue=options["release"] == "all", by=SYSTEM, now=now)
                self.stdout.write(
                    _("Released: %(freed)s. Too late: %(late)s.")
                    % {"freed": done.freed, "late": done.expired}
                )
                return
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._tell()

    def _tell(self) -> None:
        hold = holding.current()
        found = holding.waiting(hold, timezone.now())
        said = (
            _("Held since %(since)s: %(reason)s")
            % {"since": moment(hold.since, "America/Guayaquil"), "reason": hold.reason}
            if hold
            else _("Nothing is held.")
        )
        self.stdout.write(said)
        figures = {"due": found.due, "ahead": found.ahead, "late": found.late}
        self.stdout.write(_("Waiting: %(due)s due, %(ahead)s later, %(late)s too late.") % figures)


RESTORED = gettext_lazy("restored from the backup of %(date)s")
