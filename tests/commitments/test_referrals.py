"""The cascade: from the canton to the zone, its answer back; and what never leaves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.agenda import reviewing
from coordination.commitments.agenda.actions import referring
from coordination.commitments.agenda.actions import reviewing as acts
from coordination.commitments.agenda.referrals import relatives
from coordination.commitments.models import Referral
from coordination.common.errors import StaleVersion
from coordination.mesas.models import Mesa
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.remind import reconcile
from coordination.sessions.models import Session
from tests.cast import NOW, Cast, acting
from tests.commitments.agenda import DAY, STARTS, commitment, mesa_below, session_ahead

pytestmark = pytest.mark.django_db


def raised(cast: Cast, below: Mesa, **fields: object) -> Referral:
    values: dict[str, object] = {
        "title": "Salud en los albergues",
        "text": "No hay personal",
        "now": NOW,
    } | fields
    return referring.refer(
        origin_id=below.pk,
        target_id=cast.mesa.pk,
        by=acting(below.vera),
        **values,  # type: ignore[arg-type,attr-defined]
    )


def told(kind: str) -> set[str]:
    rows = Notification.objects.filter(kind=kind, state="planned")
    return set(rows.values_list("recipient__name", flat=True))


def test_relatives_are_all_above_and_below_and_a_circle_ends(cast: Cast) -> None:
    town = mesa_below(cast)
    village = mesa_below(cast, parent=town, slug="chacras")
    mesa_below(cast, slug="machala")
    assert relatives(village.pk).above == [town.pk, cast.mesa.pk]
    assert set(relatives(cast.mesa.pk).below) >= {town.pk, village.pk}
    Mesa.objects.filter(pk=cast.mesa.pk).update(parent=village)
    assert set(relatives(village.pk).above) == {town.pk, cast.mesa.pk}


def test_an_issue_goes_up_is_dealt_with_and_its_answer_comes_back(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    """The whole way, through the pages."""
    now = timezone.now()
    below = mesa_below(cast)
    own = session_ahead(cast, starts=now + timedelta(days=5))
    theirs = Session.objects.create(
        mesa=below, number=2, state="convened", starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=2)
    )  # fmt: skip
    about = commitment(cast, mesa=below, due=DAY + timedelta(days=700))
    vera, rosa = sign_in(below.vera), sign_in(cast.rosa)  # type: ignore[attr-defined]
    form = reverse("commitments:refer", args=[below.slug])
    page = vera.get(f"{form}?compromiso={about.public_id}").content.decode()
    assert about.statement in page
    sent = {"target": cast.mesa.pk, "title": "Salud", "text": "No hay personal", "commitment": about.pk}
    assert vera.post(form, sent).status_code == 302
    referral = Referral.objects.get()
    here = reverse("commitments:referral", args=[referral.public_id])
    dispatch(now)
    assert told("referral_raised") == {"Rosa Tandazo"}
    listed = reverse("notifications:messages") + "?group=all"
    assert "Salud" in rosa.get(listed).content.decode()
    assert not reviewing.content(own, actor=None, now=now).received
    for who in (cast.elena, cast.luis, below.vera):  # type: ignore[attr-defined]
        assert sign_in(who).post(f"{here}recibir/").status_code == 403
        assert sign_in(who).get(f"{here}responder/").status_code == 403
    assert rosa.post(f"{here}recibir/").status_code == 302
    assert rosa.post(f"{here}recibir/").status_code == 302
    dispatch(now)
    assert told("referral_raised") == set()
    review = reverse("commitments:review", args=[own.public_id])
    assert "Salud" in Client().get(review).content.decode()
    assert rosa.post(f"{here}agendar/", {"session": theirs.pk}).status_code == 422
    assert rosa.post(f"{here}agendar/", {"session": own.pk}).status_code == 302
    answer = {
        "version": Referral.objects.get().version,
        "answer_kind": "partly",
        "answer": "Van dos brigadas",
    }
    assert rosa.post(f"{here}responder/", answer | {"answer": ""}).status_code == 200
    assert rosa.post(f"{here}responder/", answer).status_code == 302
    dispatch(timezone.now())
    assert told("referral_answered") == {"Vera Huaquillas"}
    back = reviewing.content(theirs, actor=None, now=now)
    assert [one.answer for one in back.returned] == ["Van dos brigadas"]
    assert (
        "Van dos brigadas"
        in Client().get(reverse("commitments:review", args=[theirs.public_id])).content.decode()
    )
    after = theirs.ends_at + timedelta(hours=5)
    Session.objects.filter(pk=theirs.pk).update(state="held", closed_at=after)
    assert acts.settle(session_id=theirs.pk, now=after) == 1
    referral.refresh_from_db()
    assert referral.returned_in == theirs
    later = Session.objects.create(
        mesa=below, number=3, state="convened", starts_at=after + timedelta(days=30), ends_at=after + timedelta(days=30, hours=2)
    )  # fmt: skip
    assert not reviewing.content(later, actor=None, now=after).returned
    assert reviewing.content(theirs, actor=None, now=after).returned
    page = Client().get(here).content.decode()
    assert "Van dos brigadas" in page
    for lista, mesa in (("enviados", below), ("recibidos", cast.mesa)):
        url = reverse("commitments:referrals", args=[mesa.slug])
        assert "Salud" in Client().get(f"{url}?lista={lista}").content.decode()


def test_only_the_secretariat_raises_and_only_its_own(cast: Cast, sign_in: Callable[..., Client]) -> None:
    below = mesa_below(cast)
    form = reverse("commitments:refer", args=[below.slug])
    for who in (cast.elena, cast.luis, cast.rosa, cast.ana):
        assert sign_in(who).get(form).status_code == 403
    with pytest.raises(referring.NotOurs):
        raised(cast, below, commitment_id=commitment(cast).pk)
    stranger = Mesa.objects.create(slug="lejana", name_es="Lejana", name_en="Far", code_prefix="LE")
    with pytest.raises(referring.NotRelated):
        referring.refer(
            origin_id=below.pk,
            target_id=stranger.pk,
            title="x",
            text="y",
            by=acting(below.vera),
            now=NOW,  # type: ignore[attr-defined]
        )
    with pytest.raises(referring.WordsMissing):
        raised(cast, below, text="  ")


def test_what_is_closed_is_not_raised(cast: Cast) -> None:
    below = mesa_below(cast)
    closed = Session.objects.create(
        mesa=below, number=1, state="held", starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8), is_casa_adentro=True
    )  # fmt: skip
    secret = commitment(cast, mesa=below, session=closed, is_casa_adentro=True)
    part = commitment(cast, mesa=below, is_casa_adentro=True)
    for fields in ({"commitment_id": secret.pk}, {"commitment_id": part.pk}, {"raised_in_id": closed.pk}):
        with pytest.raises(referring.ClosedStays):
            raised(cast, below, **fields)
    assert not Referral.objects.exists()


def test_a_session_closed_afterwards_takes_the_referral_with_it(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    below = mesa_below(cast)
    decided = Session.objects.create(
        mesa=below, number=1, state="held", starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8)
    )
    made = raised(cast, below, raised_in_id=decided.pk)
    here = reverse("commitments:referral", args=[made.public_id])
    assert Client().get(here).status_code == 200
    Session.objects.filter(pk=decided.pk).update(is_casa_adentro=True)
    assert Client().get(here).status_code == 404
    assert sign_in(cast.rosa).get(here).status_code == 404


def test_an_answer_given_twice_or_late_changes_nothing(cast: Cast) -> None:
    below = mesa_below(cast)
    made = raised(cast, below)
    say = {
        "referral_id": made.pk,
        "kind": "declined",
        "text": "No es nuestra competencia",
        "by": cast.secretariat,
        "now": NOW,
    }
    with pytest.raises(StaleVersion):
        referring.answer(version=made.version + 1, **say)
    referring.answer(version=made.version, **say)
    with pytest.raises(referring.NotWaiting):
        referring.answer(version=made.version + 1, **say)
    with pytest.raises(referring.NotWaiting):
        referring.withdraw(referral_id=made.pk, by=cast.secretariat, now=NOW)
    with pytest.raises(referring.NotWaiting):
        referring.receive(referral_id=made.pk, by=cast.secretariat, now=NOW)


def test_one_commitment_stands_before_a_mesa_once(cast: Cast) -> None:
    below = mesa_below(cast)
    about = commitment(cast, mesa=below)
    first = raised(cast, below, commitment_id=about.pk)
    with pytest.raises(referring.AlreadyRaised):
        raised(cast, below, commitment_id=about.pk)
    referring.withdraw(referral_id=first.pk, by=acting(below.vera), now=NOW)  # type: ignore[attr-defined]
    assert raised(cast, below, commitment_id=about.pk)
    assert reconcile(NOW) >= 0


def test_a_mesa_without_relatives_is_told_why(cast: Cast, sign_in: Callable[..., Client]) -> None:
    page = sign_in(cast.rosa).get(reverse("commitments:refer", args=[cast.mesa.slug])).content.decode()
    assert reverse("mesas:edit", args=[cast.mesa.slug]) in page
    assert "<textarea" not in page


def test_lists_ask_the_same_for_one_three_and_many(
    cast: Cast, django_assert_max_num_queries: Callable
) -> None:
    below = mesa_below(cast)
    Referral.objects.bulk_create(
        Referral(origin=below, target=cast.mesa, title=f"Asunto {n}", text="x", raised_at=STARTS)
        for n in range(300)
    )
    url = reverse("commitments:referrals", args=[cast.mesa.slug])
    Client().get(url)
    with django_assert_max_num_queries(8):
        page = Client().get(f"{url}?page=2").content.decode()
    assert page.count("Asunto ") == 50


def test_the_lists_open_on_the_one_that_has_something(cast: Cast) -> None:
    below = mesa_below(cast)
    raised(cast, below)
    shown = {
        mesa: Client().get(reverse("commitments:referrals", args=[mesa.slug])).context["which"]
        for mesa in (below, cast.mesa)
    }
    assert shown == {below: "enviados", cast.mesa: "recibidos"}
