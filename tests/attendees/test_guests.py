"""Guests: their rights, how their organizations are recognised, and lists of which all or nothing is imported."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from coordination.attendees import actions, queries
from coordination.attendees.addresses import Address
from coordination.attendees.guests import check
from coordination.attendees.models import Invitation
from coordination.mesas.models import Mesa
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.subjects import is_true, locked
from coordination.organizations.models import FormerName, Organization, Tenure
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, kinds, mark, one
from tests.cast import Cast, organization, sector_type
from tests.sessions.scheduling import drafted


def row(name: str, line: int = 2, **more: str) -> Address:
    given = {"person": f"Persona {line}", "email": f"p{line}@invitada.example"} | more
    return Address(line, name, **given)


def call(cast: Cast, session: Session, *rows: Address, **more: int) -> list[Invitation]:
    return actions.call_guests(session_id=session.pk, rows=rows, **more, by=cast.secretariat, now=cast.now)


def test_a_guest_has_a_voice_no_vote_and_no_part_in_the_quorum(cast: Cast) -> None:
    session = called(cast)
    (guest,) = call(cast, session, row("Cámara Boreal", person="Iris Paz", email="iris@camara.example"))
    assert (guest.role, guest.votes, guest.addressee.name) == ("guest", False, "Iris Paz")
    assert kinds(guest) == ["invitation.sent"]
    accept(cast, guest, [one("principal", "Iris Paz", "iris@camara.example")])
    mark(cast, delegates(guest)[0])
    counted = queries.quorum(session)
    assert (counted.organizations, counted.all_organizations) == (0, 1)


def test_the_letter_of_a_guest_goes_to_its_addressee_whoever_holds_the_posts(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility="members")
    session = called(cast)
    (guest,) = call(cast, session, row("Cámara Boreal", person="Iris Paz", email="iris@camara.example"))
    dispatch(cast.now)
    letter = Notification.objects.get(kind="invitation", subject_id=guest.pk)
    assert letter.recipient.email == "iris@camara.example"
    assert is_true(letter, locked(letter), cast.now), "a mesa of members tells its guests all the same"
    guest.refresh_from_db()
    assert queries.recipient(guest, cast.now.date()) == guest.addressee


def test_a_person_the_organization_named_before_stays_the_same(cast: Cast) -> None:
    session = called(cast)
    address = row("camara boreal", person="ELENA MORA", email=cast.elena.email)
    assert call(cast, session, address)[0].addressee == cast.elena
    other = called(cast, starts_at=cast.in_days(40))
    stranger = call(cast, other, row("Cámara Boreal", person="Otra Persona", email=cast.elena.email))
    assert stranger[0].addressee != cast.elena


def test_organizations_are_known_by_name_acronym_and_former_name_without_accents(cast: Cast) -> None:
    session = called(cast)
    cast.outsider.acronym_es = "CB"
    cast.outsider.save()
    FormerName.objects.create(organization=cast.outsider, name="Cámara del Sur")
    for said in ("CÁMARA  BOREAL", "camara boreal", "cb", "Camara del sur"):
        assert check(session, [row(said)], cast.now.date()).known[0][1] == cast.outsider.pk, said


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Fundación Puente Sur", "already called"),
        ("Gremio", "several organizations"),
        ("Colegio Viejo", "no longer active"),
    ],
)
def test_rows_that_cannot_be_guests_say_why(cast: Cast, said: str, problem: str) -> None:
    session = called(cast)
    organization("Gremio")
    organization("Gremio")
    Organization.objects.filter(pk=organization("Colegio Viejo").pk).update(state="inactive")
    with translation.override("en"):
        found = check(session, [row(said)], cast.now.date())
    assert problem in found.problems[0].text
    with pytest.raises(actions.GuestsRefused):
        call(cast, session, row("Cámara Boreal", 2), row(said, 3))
    assert not Invitation.objects.filter(role="guest").exists(), "all or none"


def test_a_seated_organization_that_was_left_out_is_no_guest(cast: Cast) -> None:
    session = drafted(cast)
    actions.convene(session_id=session.pk, organization_ids=[cast.ngo.pk], by=cast.secretariat, now=cast.now)
    with pytest.raises(actions.GuestsRefused):
        call(cast, session, row("Universidad del Páramo"))


def test_the_same_organization_twice_in_a_list_is_told(cast: Cast) -> None:
    session = called(cast)
    found = check(session, [row("Cámara Boreal", 2), row("CAMARA BOREAL", 3), row("Nueva", 4), row("nueva", 5)], cast.now.date())  # fmt: skip
    assert [problem.line for problem in found.problems] == [3, 5]


def test_unknown_organizations_need_a_kind_and_become_proposed(cast: Cast) -> None:
    session = called(cast)
    rows = (row("Asociación Nueva Vida", 2), row("Cámara Boreal", 3))
    with pytest.raises(actions.NotInDirectory):
        call(cast, session, *rows)
    assert Invitation.objects.count() == 3
    sent = call(cast, session, *rows, sector_type_id=sector_type().pk)
    proposed = Organization.objects.get(name_es="Asociación Nueva Vida")
    assert [one.organization for one in sent] == [proposed, cast.outsider]
    assert (proposed.state, proposed.slug) == ("proposed", "asociacion-nueva-vida")
    assert Tenure.objects.get(post__organization=proposed).person == sent[0].addressee
    assert kinds(proposed) == ["organization.proposed"]
    assert not Organization.objects.visible_to(cast.secretariat).filter(pk=proposed.pk).exists()
    other = called(cast, starts_at=cast.in_days(40))
    again = call(cast, other, row("asociacion nueva vida"), sector_type_id=sector_type().pk)
    assert again[0].organization == proposed, "proposed once"


def test_a_closed_session_and_one_not_yet_convened_take_no_guests(cast: Cast) -> None:
    with pytest.raises(actions.ConvocationRefused):
        call(cast, drafted(cast), row("Cámara Boreal"))
    session = called(cast, starts_at=cast.in_days(40))
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    with pytest.raises(actions.ClosedToGuests):
        call(cast, session, row("Cámara Boreal"))


def test_a_list_reads_as_often_with_many_rows_as_with_one(cast: Cast, django_assert_num_queries) -> None:
    session = called(cast)
    for count in (1, 300):
        rows = [row(f"Desconocida {number}", number + 2) for number in range(count)]
        with django_assert_num_queries(4):
            assert len(check(session, rows, cast.now.date()).unknown) == count


def test_a_guest_that_accepted_is_neither_expected_for_the_quorum_nor_out_of_reach(
    cast: Cast, sign_in
) -> None:
    now = timezone.now()
    session = called(cast, starts_at=now + timedelta(days=20))
    accept(cast, invitation_of(session, cast.ngo))
    (guest,) = call(cast, session, row("Cámara Boreal", person="Iris Paz", email="iris@camara.example"))
    accept(cast, guest, [one("principal", "Iris Paz", "iris@camara.example")])
    Tenure.objects.filter(post__organization=cast.outsider).delete()
    page = sign_in(cast.rosa).get(session.get_absolute_url())
    assert [row["have"] for row in page.context["quorum"]] == [1, 1]
    assert not page.context["not_reached"]
