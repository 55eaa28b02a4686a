"""The same workers with one guard taken away, for the control runs: the bounds must break where a guard is missing.

Named with ``celery -A tests.faults.careless``. Nothing in the product knows of this.
"""

import os
from typing import Any

import django
from celery.signals import worker_process_init

django.setup()

from coordination.celery import app  # noqa: E402  Django's settings come first
from coordination.notifications import drafts, smtp, subjects  # noqa: E402

__all__ = ["app"]


def _no_gate() -> None:
    """Whatever was claimed is true, and every message goes the long way, where that is asked."""
    subjects.is_true = lambda *_args, **_kwargs: True
    drafts.of = lambda *_args, **_kwargs: {}


def _no_mail() -> None:
    """The mark comes without the mail: one in ten is never spoken to the server."""
    send, count = smtp.Line.send, 0

    def forget(line: smtp.Line, letter: Any, *more: Any) -> smtp.Answer:
        nonlocal count
        count += 1
        return smtp.Answer(smtp.Outcome.TAKEN, 250, "") if count % 10 == 0 else send(line, letter, *more)

    smtp.Line.send = forget  # type: ignore[method-assign]


WITHOUT = {"gate": _no_gate, "mail": _no_mail}


@worker_process_init.connect
def _take_away(**_event: Any) -> None:
    WITHOUT[os.environ["MINGA_FAULTS_WITHOUT"]]()
