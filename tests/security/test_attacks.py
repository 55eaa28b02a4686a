"""Attacks that once worked, each kept as it was made. One test is one hole that stays closed."""

import base64
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.links import make_token, stems_from
from coordination.activity.models import Activity
from coordination.attendees import actions as attendees
from coordination.attendees.models import Invitation
from coordination.commitments import actions as commitments
from coordination.commitments.models import Commitment
from coordination.common.logs import without_links
from coordination.notifications import subjects
from coordination.notifications.models import Notification
from coordination.organizations import actions as organizations
from coordination.organizations.models import JoinRequest, Person, Post
from coordination.sessions import actions as sessions
from coordination.sessions.models import CircleMember, Outcome, Session
from tests.attendees.inviting import called, invitation_of
from tests.cast import Cast, person, sector_type
from tests.commitments.world import agreed, proposal
from tests.sessions.scheduling import drafted, with_item

CANARY = "CANARIO"
SignIn = Callable[[Person], Client]


def closed_session(cast: Cast, **fields: Any) -> Session:
    """Casa adentro, convened; Rosa and Luis know everything, nobody else knows of it."""
    session = drafted(cast, topic=f"{CANARY} tema", is_casa_adentro=True, **fields)
    with_item(cast, session, title=f"{CANARY} punto")
    admit(session, cast.luis)
    attendees.convene(session_id=session.pk, short_notice_reason="Urgente", by=cast.secretariat, now=cast.now)
    return session


def admit(session: Session, someone: Person, level: str = CircleMember.Level.RECORD) -> None:
    CircleMember.objects.create(session=session, person=someone, level=level, since=timezone.now())


def closed_commitment(cast: Cast) -> Commitment:
    """Agreed in a closed session that is over: the university answers, the NGO verifies."""
    session = closed_session(cast)
    then = cast.now - timedelta(days=3)
    Session.objects.filter(pk=session.pk).update(
        starts_at=then, ends_at=then + timedelta(hours=2), closed_at=then + timedelta(hours=3), state="held"
    )
    outcome = Outcome.objects.create(
        session=session,
        item=session.agenda.last(),
        kind=Outcome.Kind.COMMITMENT,
        text=f"{CANARY} resultado",
        recorded_at=then,
    )
    made = commitments.propose(
        outcome_id=outcome.pk,
        statement=f"{CANARY} compromiso",
        deliverable="Una guía",
        responsible_id=cast.university.pk,
        verifier_id=cast.ngo.pk,
        due_on=(cast.now + timedelta(days=60)).date(),
        means_of_verification="Acta",
        indicator=commitments.IndicatorData("Guías", "guías", None, True, 1),  # type: ignore[arg-type]
        by=cast.secretariat,
        now=cast.now,
    )
    return commitments.agree(commitment_id=made.pk, by=cast.secretariat, now=cast.now)


class TestCasaAdentro:
    """The head of an invited organization found the closed session, and its live link, in *my work*."""

    def test_my_work_shows_no_invitation_to_whoever_is_outside_the_circle(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        session = closed_session(cast, starts_at=timezone.now() + timedelta(days=20))
        colleague = person("Nora Paz", at=cast.university, kind=Post.Kind.HEAD, user=True)
        invitation = invitation_of(session, cast.university)
        for outsider in (colleague, cast.tomas, cast.ana, cast.olga):
            page = sign_in(outsider).get(reverse("portal:my_work")).content.decode()
            assert str(session.public_id) not in page
            assert invitation.token not in page
        assert str(session.public_id) in sign_in(cast.luis).get(reverse("portal:my_work")).content.decode()

    def test_the_outer_ring_learns_when_and_where_and_not_what_was_said(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        commitment = closed_commitment(cast)
        admit(commitment.session, cast.elena, CircleMember.Level.LOGISTICS)
        client = sign_in(cast.elena)
        page = client.get(commitment.session.get_absolute_url())
        assert page.status_code == 200
        for said in ("punto", "resultado", "compromiso"):
            assert f"{CANARY} {said}" not in page.content.decode()
        assert client.get(commitment.get_absolute_url()).status_code == 404
        assert sign_in(cast.luis).get(commitment.get_absolute_url()).status_code == 200

    def test_commitments_of_closed_sessions_leave_no_gap_in_the_numbers(self, cast: Cast) -> None:
        before = agreed(cast)
        hidden = closed_commitment(cast)
        after = proposal(cast)
        assert [each.code for each in (before, hidden, after)] == ["FS-001", "FS-CA-001", "FS-002"]

    def test_the_code_of_a_closed_commitment_finds_it_for_its_circle_alone(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        hidden = closed_commitment(cast)
        address = f"{reverse('commitments:list')}?q={hidden.code}"
        assert hidden.get_absolute_url() in sign_in(cast.luis).get(address).content.decode()
        assert hidden.get_absolute_url() not in Client().get(address).content.decode()

    @pytest.mark.parametrize("kind", ["follow_up_tasks", "session_cancelled"])
    def test_no_mail_of_any_kind_goes_outside_the_circle(self, cast: Cast, kind: str) -> None:
        session = closed_session(cast)
        if kind == "session_cancelled":
            sessions.cancel(session_id=session.pk, reason="x", by=cast.secretariat, now=cast.now)
        else:
            then = cast.now - timedelta(days=1)
            Session.objects.filter(pk=session.pk).update(starts_at=then - timedelta(hours=2), ends_at=then)
            sessions.plan_follow_up(session_id=session.pk, now=cast.now)
        session.refresh_from_db()
        heard = {}
        second = person("Sara Ruiz", user=True)
        organizations.start_tenure(
            post_id=cast.rosa.tenures.get().post_id,
            person_id=second.pk,
            starts_on=cast.now.date(),
            by=cast.secretariat,
            now=cast.now,
        )
        for someone in (cast.rosa, second):
            row = Notification(
                kind=kind,
                subject_type="session",
                subject_id=session.pk,
                recipient=someone,
                organization=cast.ministry,
                version=session.schedule_version,
                due_at=cast.now,
                not_after=cast.now + timedelta(days=1),
            )
            heard[someone.name] = subjects.is_true(row, session, cast.now)
        assert heard == {"Rosa Tandazo": True, "Sara Ruiz": False}


def test_the_form_to_join_cannot_fill_a_strangers_mailbox(cast: Cast) -> None:
    def ask(name: str) -> JoinRequest:
        return organizations.request_to_join(
            name=name, sector_type=sector_type(), level="national", contact_name="X", contact_post="Y",
            contact_email="victima@x.example", reason="Z", by=cast.secretariat, now=cast.now,
        )  # fmt: skip

    for number in range(3):
        ask(f"Organización {number}")
    with pytest.raises(organizations.MailboxIsFull):
        ask("Organización 4")


class TestLinks:
    """The id in a commitment's public address was enough to have its responsible organization mailed."""

    def test_a_public_id_asks_for_no_link(self, cast: Cast) -> None:
        commitment = agreed(cast)
        session = called(cast, starts_at=timezone.now() + timedelta(days=20))
        invitation = invitation_of(session, cast.ngo)
        for row, name in ((commitment, "commitments:renew_report"), (invitation, "attendees:renew")):
            head = base64.urlsafe_b64encode(row.public_id.bytes).decode().rstrip("=")
            assert Client().post(reverse(name, args=[f"{head}.x"])).status_code == 200
            assert Client().post(reverse(name, args=[f"{head}.{'A' * 32}"])).status_code == 200
        assert not Activity.objects.filter(
            kind__in=["commitment.link_requested", "invitation.link_renewed"]
        ).exists()

    def test_a_link_that_was_cut_on_its_way_still_asks_for_a_whole_one(self, cast: Cast) -> None:
        invitation = invitation_of(called(cast, starts_at=timezone.now() + timedelta(days=20)), cast.ngo)
        Client().post(reverse("attendees:renew", args=[invitation.token[:-9]]))
        assert Activity.objects.filter(kind="invitation.link_renewed").count() == 1

    def test_only_enough_of_our_own_proof_counts(self) -> None:
        row = uuid.uuid4()
        token = make_token("invitation", row, 2)
        head = token.split(".")[0]
        assert stems_from(token, "invitation", row, 2)
        assert stems_from(token, "invitation", row, 3), "an earlier generation was ours"
        assert not stems_from(token, "invitation", row, 1), "a later one was not"
        assert not stems_from(token, "report", row, 2)
        for bad in (
            head,
            f"{head}.",
            token[: len(head) + 8],
            f"{token}x",
            f"{head}.ñandúñandú",
            f"{head}.{'x' * 5000}",
        ):
            assert not stems_from(bad, "invitation", row, 2)

    def test_a_log_line_holds_no_key(self, cast: Cast) -> None:
        token = make_token("invitation", uuid.uuid4(), 1)
        told = without_links(None, "", {"event": f"Forbidden: /es/i/{token}/delegacion/", "n": 1})  # type: ignore[dict-item]
        assert token.split(".")[1] not in told["event"]
        assert told["event"].endswith("…/delegacion/")


STRANGE = ["\0", "²", "x-²", "9" * 30, "1" * 5000, "-1", "\u202e😀"]


class TestStrangeTexts:
    """No text a person can send is an error of ours."""

    @pytest.mark.parametrize("text", STRANGE)
    def test_public_searches_answer(self, cast: Cast, text: str) -> None:
        for name in (
            "portal:search",
            "commitments:list",
            "sessions:list",
            "mesas:list",
            "organizations:list",
        ):
            assert Client().get(reverse(name), {"q": f"FS-{text}", "page": text}).status_code == 200

    @pytest.mark.parametrize("text", STRANGE)
    def test_ids_and_versions_in_forms_are_read_with_care(
        self, cast: Cast, sign_in: SignIn, text: str
    ) -> None:
        session = called(cast, starts_at=timezone.now() + timedelta(days=20))
        rosa, link = sign_in(cast.rosa), invitation_of(session, cast.ngo).token
        seats = reverse("mesas:seats", args=[cast.mesa.slug])
        role = {"role": "member", "voting": "voice_vote"}
        answers = [
            rosa.post(seats, role | {"organization": text}),
            rosa.post(seats, role | {"seat": text}),
            rosa.post(f"{seats}?{'reopen=' + text}"),
            rosa.post(
                reverse("attendees:mark", args=[session.public_id]), {"everybody": text, "sheet": text}
            ),
            rosa.get(reverse("sessions:outcomes", args=[session.public_id]), {"punto": "z" * 32}),
            rosa.get(reverse("sessions:outcomes", args=[session.public_id]), {"punto": text}),
            Client().post(
                reverse("attendees:delegation", args=[link]),
                {"version": text, "modality": text, "principal_name": "A", "principal_email": "a@x.example"},
            ),
        ]
        assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
        assert cast.mesa.seats.count() == 3

    def test_what_a_signed_in_person_sees_stays_out_of_caches(self, cast: Cast, sign_in: SignIn) -> None:
        assert sign_in(cast.rosa).get(reverse("portal:home"))["Cache-Control"] == "private, no-store"
        assert not Client().get(reverse("portal:home")).has_header("Cache-Control")


def test_the_link_of_another_row_or_purpose_opens_nothing(cast: Cast) -> None:
    commitment = agreed(cast)
    invitation = invitation_of(called(cast, starts_at=timezone.now() + timedelta(days=20)), cast.ngo)
    doors = {
        "attendees:invitation": invitation.token,
        "commitments:report": commitment.token(Commitment.REPORT_LINK),
        "commitments:verify": commitment.token(Commitment.VERIFY_LINK),
    }
    for door in doors:
        for own, token in doors.items():
            answer = Client().get(reverse(door, args=[token]))
            assert (answer.status_code == 200) is (door == own), (door, own)
    later = make_token(Invitation.LINK_PURPOSE, invitation.public_id, invitation.link_generation + 1)
    assert Client().get(reverse("attendees:invitation", args=[later])).status_code == 404
