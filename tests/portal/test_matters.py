"""My work of a secretariat: what only it can bring to a session."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.agreeing import agree_incomplete
from coordination.commitments.models import Commitment, Referral
from coordination.mesas.models import Mesa
from tests.cast import NOW, Cast
from tests.commitments.settled import ask, disputed
from tests.commitments.world import agreed, proposal

WORK = "/es/mi-trabajo/"
HEAD = "Para que la secretaría lo lleve a una sesión"


def test_objections_requests_and_gaps_wait_for_the_secretariat_and_for_nobody_else(
    cast: Cast, sign_in
) -> None:
    argued, late = disputed(cast), agreed(cast)
    ask(cast, late)
    gap = proposal(cast, means_of_verification="")
    today = timezone.localdate(NOW)
    agree_incomplete(
        commitment_id=gap.pk,
        reason="Falta el acta",
        until=today + timedelta(days=20),
        by=cast.secretariat,
        now=NOW,
    )
    below = Mesa.objects.create(slug="huaquillas", name_es="Mesa de Huaquillas", code_prefix="HQ")
    Referral.objects.create(
        origin=below, target=cast.mesa, title="Salud", text="Falta personal", raised_at=NOW
    )
    page = sign_in(cast.rosa).get(WORK).content.decode()
    assert HEAD in page
    for commitment, door in ((argued, "resolve"), (late, "extend"), (gap, "edit")):
        assert page.count(reverse(f"commitments:{door}", args=[commitment.public_id])) == 1
    assert f"{cast.mesa.name}: otra mesa elevó un asunto" in page
    for other in (cast.luis, cast.elena, cast.olga):
        assert HEAD not in sign_in(other).get(WORK).content.decode()


def test_a_closed_matter_shows_to_who_stands_in_its_circle(cast: Cast, sign_in) -> None:
    late = agreed(cast)
    ask(cast, late)
    Commitment.objects.filter(pk=late.pk).update(is_casa_adentro=True)
    assert HEAD not in sign_in(cast.rosa).get(WORK).content.decode()


def test_it_asks_the_same_of_one_and_of_many(cast: Cast, sign_in) -> None:
    rosa, counts = sign_in(cast.rosa), []
    rosa.get(WORK)
    for more in (1, 2, 9):
        for _ in range(more):
            ask(cast, agreed(cast))
        with CaptureQueriesContext(connection) as queries:
            page = rosa.get(WORK)
        counts.append((len(queries), page.content.decode().count("piden más plazo")))
    assert [found for _n, found in counts] == [1, 3, 10]
    assert {n for n, _found in counts} == {12}
