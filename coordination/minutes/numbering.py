"""The number minutes bear: by mesa and year, given once they are approved. ACTA-FS-2026-003, AM-… for an aide-mémoire.

Closed sessions count in a series of their own, as their convocations do, or a gap in the open one would tell that they
exist (docs/decisions/0020).
"""

from datetime import datetime

from django.utils import timezone

from coordination.mesas.models import Mesa
from coordination.minutes.texts import Minutes

PREFIXES = {Mesa.MinutesForm.ACTA: "ACTA", Mesa.MinutesForm.AIDE_MEMOIRE: "AM"}


def next_number(minutes: Minutes, now: datetime) -> str:
    """The next of its series. Locks the mesa's row, so that two sessions cannot take one number."""
    session = minutes.session
    mesa = Mesa.objects.select_for_update().get(pk=session.mesa_id)
    year = timezone.localtime(now, session.zone).year
    prefix = PREFIXES[Mesa.MinutesForm(minutes.form)]
    inside = "-CA" if session.is_casa_adentro else ""
    head = f"{prefix}-{mesa.code_prefix}{inside}-{year}-"
    given = Minutes.objects.filter(session__mesa=mesa, session__is_casa_adentro=session.is_casa_adentro)
    numbers = given.filter(number__startswith=head).values_list("number", flat=True)
    taken = [int(number.removeprefix(head)) for number in numbers]
    return f"{head}{max(taken, default=0) + 1:03}"
