"""The scanner of your own: a command that gets the path of a file and says by its end whether it is clean."""

import logging
import shlex
import subprocess
from enum import Enum

from django.conf import settings

log = logging.getLogger(__name__)


class Verdict(Enum):
    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"  # the scanner did not answer: the file waits
    NOT_ASKED = "not asked"  # none is configured


def scan(path: str) -> Verdict:
    """Asks ``MINGA_SCANNER``: end 0 is clean, 1 is infected (clamdscan's numbers); any other end, or none in time, is
    no answer, and no answer is never clean.
    """
    if not settings.SCANNER:
        return Verdict.NOT_ASKED
    try:
        done = subprocess.run(
            [*shlex.split(settings.SCANNER), path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=settings.SCANNER_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.warning("the scanner did not answer: %s", type(error).__name__)
        return Verdict.UNKNOWN
    if done.returncode not in (0, 1):
        log.warning("the scanner ended with %s", done.returncode)
        return Verdict.UNKNOWN
    return Verdict.INFECTED if done.returncode else Verdict.CLEAN
