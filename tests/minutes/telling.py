"""Minutes and sheets in the state that each of their letters speaks of."""

from datetime import timedelta

from coordination.minutes.actions import circulation, drafting, signing
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.models import Clearance, Minutes, SharingSheet
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.minutes.going_round import answer, by_link, circulated, copy_of, held, observe, over

ABOUT = ("minutes", "minutescopy", "signcode", "clearance", "sharingsheet")


def subject_for(kind: str, cast: Cast) -> tuple[int, Person, int]:
    """A subject of that kind with everything its letter may say, its reader and the organization written to."""
    if kind.startswith("sharing_"):
        sheet = clearing(cast, held(cast))
        if kind == "sharing_published":
            return sheet.pk, cast.carmen, cast.ngo.pk
        return sheet.clearances.get(organization=cast.ngo).pk, cast.carmen, cast.ngo.pk
    minutes = circulated(cast, approval="signature" if kind == "sign_code" else "silence")
    copy = copy_of(minutes, cast.ngo)
    if kind == "sign_code":
        code = signing.request_code(
            copy_id=copy.pk, person_id=cast.carmen.pk, by=by_link(copy), now=copy.sent_at
        )
        return code.pk, cast.carmen, cast.ngo.pk
    if kind == "minutes_unanswered":
        observe(minutes, cast.ngo)
        return minutes.pk, cast.rosa, cast.ministry.pk
    if kind == "minutes_answered":
        observed = observe(minutes, cast.ngo)
        answer(
            cast, observed, "partly", reason="Consta en el anexo 2.", section_version=1, body="<p>Son 45.</p>"
        )
    if kind in ("minutes_approved", "minutes_corrected"):
        approve_silent(now=over(minutes))
    if kind == "minutes_corrected":
        copy = copy_of(corrected(cast, minutes), cast.ngo)
    return copy.pk, cast.carmen, cast.ngo.pk


def corrected(cast: Cast, minutes: Minutes) -> Minutes:
    """A correction of approved minutes that goes round."""
    again = drafting.correct(
        minutes_id=minutes.pk, reason="Faltaba la votación.", by=cast.secretariat, now=over(minutes)
    )
    return circulation.circulate(
        minutes_id=again.pk, version=again.edit_version, by=cast.secretariat, now=over(minutes)
    )


def clearing(
    cast: Cast, session: Session, *asked: tuple[Organization, Person], state: str = "clearing"
) -> SharingSheet:
    """A sheet that waits for the NGO's word, or that of others; whoever is asked stands in the circle of the record."""
    assert session.ends_at
    until = session.ends_at + timedelta(days=10)
    sheet = SharingSheet.objects.create(
        session=session, title="Acoger en la frontera", state=state, created_at=session.ends_at, clear_until=until,
        published_at=until if state == "published" else None,
    )  # fmt: skip
    for organization, someone in asked or ((cast.ngo, cast.carmen),):
        Clearance.objects.create(
            sheet=sheet, organization=organization, person=someone, link_expires_at=until
        )
        CircleMember.objects.get_or_create(
            session=session, person=someone, until=None, defaults={"level": "record", "since": cast.now}
        )
    return sheet
