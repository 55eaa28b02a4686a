"""What happens to a request to join, to an organization's text and to tenures."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.organizations import actions
from coordination.organizations.models import JoinRequest, Organization, Person, Post, Tenure
from tests.cast import Cast, acting, sector_type

PLEA = {
    "name": "Red Andina de Acogida",
    "contact_name": "Marta Ruiz",
    "contact_post": "Directora",
    "contact_email": "marta@redandina.example",
    "reason": "Trabajamos en la frontera.",
}


def ask(cast: Cast, now: timezone.datetime | None = None, **changes: object) -> JoinRequest:
    fields = {**PLEA, "sector_type": sector_type(), **changes}
    return actions.request_to_join(**fields, by=ANONYMOUS, now=now or cast.now)


def waiting(cast: Cast, **changes: object) -> JoinRequest:
    return actions.confirm_join(request_id=ask(cast, **changes).pk, by=ANONYMOUS, now=cast.now)


def kinds() -> list[str]:
    return list(Activity.objects.order_by("id").values_list("kind", flat=True))


def test_a_request_makes_the_person_whom_letters_address(cast: Cast) -> None:
    asked = ask(cast, contact_email=cast.carmen.email)
    assert asked.state == "unconfirmed"
    assert asked.person.email == cast.carmen.email
    assert asked.person != cast.carmen, "an unproven request ties nothing to people on file"
    assert kinds() == ["organization.join_requested"]


def test_asking_again_renews_the_link_and_makes_no_second_request(cast: Cast) -> None:
    first = ask(cast)
    with pytest.raises(actions.LinkJustSent):
        ask(cast, now=cast.now + timedelta(minutes=1), name="red  ándina de acogida".replace("  ", " "))
    again = ask(cast, now=cast.in_days(1), name="RED ANDINA DE ACOGIDA")
    assert again.pk == first.pk
    assert again.link_generation == 2
    assert first.token != again.token
    assert again.was_proven_by(first.token)
    assert again.link_is_dead(first.token, cast.in_days(1))
    assert Person.objects.filter(name="Marta Ruiz").count() == 1


def test_asking_again_while_it_is_reviewed_is_told(cast: Cast) -> None:
    waiting(cast)
    with pytest.raises(actions.AlreadyAsked):
        ask(cast, now=cast.in_days(2))


def test_confirming_twice_changes_nothing(cast: Cast) -> None:
    asked = waiting(cast)
    actions.confirm_join(request_id=asked.pk, by=ANONYMOUS, now=cast.now)
    assert kinds() == ["organization.join_requested", "organization.join_confirmed"]


def test_an_expired_link_confirms_nothing(cast: Cast) -> None:
    asked = ask(cast)
    with pytest.raises(actions.LinkExpired):
        actions.confirm_join(request_id=asked.pk, by=ANONYMOUS, now=cast.in_days(7))


def test_approving_makes_the_organization_and_its_focal_point(cast: Cast) -> None:
    asked = waiting(cast, acronym="RAA")
    made = actions.approve_join(request_id=asked.pk, by=acting(cast.ana), now=cast.now)
    asked.refresh_from_db()
    assert (made.state, made.slug, made.name_es) == ("active", "raa", "Red Andina de Acogida")
    assert asked.organization == made
    tenure = Tenure.objects.get(post__organization=made)
    assert (tenure.person, tenure.post.kind, str(tenure.starts_on)) == (
        asked.person,
        Post.Kind.FOCAL_POINT,
        "2026-03-02",
    )
    assert kinds()[-2:] == ["organization.tenure_started", "organization.join_approved"]


def test_a_second_decision_is_refused(cast: Cast) -> None:
    asked = waiting(cast)
    actions.approve_join(request_id=asked.pk, by=acting(cast.ana), now=cast.now)
    with pytest.raises(actions.NotWaiting):
        actions.decline_join(request_id=asked.pk, note="tarde", by=acting(cast.ana), now=cast.now)
    assert Organization.objects.filter(name_es=PLEA["name"]).count() == 1


def test_approving_refuses_a_name_that_came_in_meanwhile(cast: Cast) -> None:
    asked = waiting(cast)
    cast.outsider.name_es = "RED ANDINA DE ACOGIDA"
    cast.outsider.save()
    with pytest.raises(actions.NameTaken):
        actions.approve_join(request_id=asked.pk, by=acting(cast.ana), now=cast.now)
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_declining_needs_a_note_in_the_action_and_in_the_database(cast: Cast) -> None:
    asked = waiting(cast)
    with pytest.raises(actions.NoteMissing):
        actions.decline_join(request_id=asked.pk, note="  ", by=acting(cast.ana), now=cast.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        JoinRequest.objects.filter(pk=asked.pk).update(state="declined", decided_at=cast.now)
    actions.decline_join(request_id=asked.pk, note="Falta el estatuto.", by=acting(cast.ana), now=cast.now)
    assert kinds()[-1] == "organization.join_declined"


def test_an_unconfirmed_request_cannot_be_decided(cast: Cast) -> None:
    asked = ask(cast)
    with pytest.raises(actions.NotWaiting):
        actions.approve_join(request_id=asked.pk, by=acting(cast.ana), now=cast.now)


def test_editing_records_which_fields_changed_and_not_their_text(cast: Cast) -> None:
    edited = actions.edit(
        organization_id=cast.ngo.pk,
        version=1,
        name_es=cast.ngo.name_es,
        mission_es="Acoger.",
        by=cast.secretariat,
        now=cast.now,
    )
    assert edited.version == 2
    assert Activity.objects.get().payload == {"organization": cast.ngo.pk, "fields": ["mission_es"]}


def test_editing_nothing_records_nothing(cast: Cast) -> None:
    edited = actions.edit(
        organization_id=cast.ngo.pk, version=1, mission_es="", by=cast.secretariat, now=cast.now
    )
    assert edited.version == 1
    assert not Activity.objects.exists()


def test_a_stale_edit_is_refused(cast: Cast) -> None:
    actions.edit(
        organization_id=cast.ngo.pk, version=1, mission_es="Acoger.", by=cast.secretariat, now=cast.now
    )
    with pytest.raises(StaleVersion):
        actions.edit(
            organization_id=cast.ngo.pk, version=1, mission_es="Otra.", by=cast.secretariat, now=cast.now
        )


def test_what_decides_sector_and_state_is_not_edited_by_the_organization(cast: Cast) -> None:
    with pytest.raises(TypeError):
        actions.edit(
            organization_id=cast.ngo.pk, version=1, state="inactive", by=cast.secretariat, now=cast.now
        )


def test_a_tenure_ends_on_its_last_day(cast: Cast) -> None:
    tenure = cast.luis.tenures.get()
    with pytest.raises(actions.TenureDates):
        actions.end_tenure(
            tenure_id=tenure.pk, on=tenure.starts_on - timedelta(days=1), by=cast.secretariat, now=cast.now
        )
    actions.end_tenure(tenure_id=tenure.pk, on=cast.now.date(), by=cast.secretariat, now=cast.now)
    assert acting(cast.luis).organization_ids == (cast.university.pk,), "the last day still counts"
    assert kinds() == ["organization.tenure_ended"]
