"""The page of the commitment that has everything at once: it costs no more than any page may."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coordination.commitments.models import (
    Commitment,
    Evidence,
    Extension,
    Indicator,
    Measurement,
    PeriodTarget,
    Review,
    Support,
)
from coordination.taxonomies.models import GcmObjective, Sdg
from tests.cast import NOW, Cast, signed_in
from tests.commitments import settled
from tests.commitments.world import agreed, amended, report

MOST = 12
LATER = NOW + timedelta(days=3)


def fullest(cast: Cast) -> Commitment:
    """Shared, measured, reviewed, prolonged with its target, changed by a session, supported, shown, decided, disputed,
    with more time asked for."""
    other, _ines = settled.chamber(cast)
    made = agreed(cast, co_responsible_ids=[other.pk])
    Extension.objects.create(
        commitment=made, old_due_on=made.due_on, new_due_on=made.due_on + timedelta(days=9), reason="Lluvias",
        session=settled.meets(cast), indicator=made.indicators.get(), old_target=40, new_target=50,
        organization=cast.ministry, extended_at=NOW,
    )  # fmt: skip
    Commitment.objects.filter(pk=made.pk).update(due_version=2)
    amended(settled.fresh(made), cast, statement="Otra", co_responsible_ids=[cast.outsider.pk, other.pk])
    report(cast, made, now=LATER)
    settled.decide(cast, made, "partly_met", now=LATER)
    settled.dispute(cast, made, now=LATER)
    settled.ask(cast, made, 400, timezone.now())
    for number in range(3):
        row = Indicator.objects.create(
            commitment=made, name=f"Camas {number}", unit="camas", target=Decimal(9)
        )
        PeriodTarget.objects.create(indicator=row, starts_on=NOW, ends_on=NOW + timedelta(days=30), value=3)
        for organization in (cast.ngo, other):
            Measurement.objects.create(
                indicator=row, measured_on=NOW.date(), value=number, source="Registro", organization=organization,
                recorded_at=NOW,
            )  # fmt: skip
            Support.objects.create(
                commitment=made,
                kind="in_kind",
                what=f"Camas {number}",
                organization=organization,
                recorded_at=NOW,
            )
            Evidence.objects.create(
                commitment=made, organization=organization, title="Acta", url="https://acta.example/", added_at=NOW,
                is_restricted=bool(number),
            )  # fmt: skip
    Review.objects.create(
        commitment=made, session=settled.meets(cast), state="agreed", progress=0, reviewed_at=NOW
    )
    made.gcm_objectives.set([GcmObjective.objects.create(order=1, name_es="Datos", name_en="Data")])
    made.sdgs.set([Sdg.objects.create(order=1, name_es="Pobreza", name_en="Poverty")])
    return settled.fresh(made)


@pytest.mark.parametrize("who", ["rosa", "luis", "ana"])
def test_the_fullest_page_asks_twelve_times_at_most(cast: Cast, who: str) -> None:
    commitment = fullest(cast)
    client: Any = signed_in(getattr(cast, who).user)
    client.get(commitment.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        page = client.get(commitment.get_absolute_url())
    assert page.status_code == 200
    assert len(asked) <= MOST, "\n".join(query["sql"][:200] for query in asked)
