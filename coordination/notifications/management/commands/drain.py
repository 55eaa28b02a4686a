"""The sweeps without Celery: the same loop, the same rows, beside any number of workers."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from coordination.notifications.tasks import TIMETABLE, dispatch_once, drain_once, remind_once, sweep_once


class Command(BaseCommand):
    help = "Plans and sends what is due, once, or for ever with --forever."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="go on until interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["forever"]:
            sweep_once()
            remind_once()
            dispatch_once()
            while drain_once():
                pass
            return
        due = dict.fromkeys(TIMETABLE, 0.0)
        while True:
            for name, (interval, work) in TIMETABLE.items():
                if time.monotonic() >= due[name]:
                    due[name] = time.monotonic() + interval
                    self._do(name, work)
            time.sleep(1)

    def _do(self, name: str, work: Any) -> None:
        """A database that is away for a moment is no reason to stop: the rows are still due when it is back."""
        try:
            work()
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(f"{name}: {type(error).__name__}")
            connection.close()
