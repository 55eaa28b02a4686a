"""The draft comes from the record in one go, and a correction from what was approved."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agenda.actions.reviewing import freeze
from coordination.common.errors import DomainError
from coordination.minutes import assembly
from coordination.minutes.actions.circulation import lock, note
from coordination.minutes.events import MinutesEvent
from coordination.minutes.texts import Minutes, Section
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.models import Session

LANGUAGES = ("es", "en")
DRAFTED_OF = (Session.State.CONVENED, Session.State.HELD, Session.State.FAILED)


class TooEarly(DomainError):
    default_message = _("The session has not started. The minutes can be drafted from its first minute on.")


class NothingToDraft(DomainError):
    default_message = _(
        "This session was not convened here, so there is no record to make minutes from. Nothing was written."
    )


class NothingToCorrect(DomainError):
    default_message = _("Only approved minutes are corrected. Until then the text itself is changed.")


class ReasonOfCorrectionMissing(DomainError):
    default_message = _("Write why the minutes are corrected: the reason stands in the new version.")


class AlreadyCorrected(DomainError):
    default_message = _("A correction of these minutes has already been begun. Go on with that one.")


@transaction.atomic
def draft(*, session_id: int, language: str, by: Actor, now: datetime) -> Minutes:
    """Assembles the first version from the record; where there are minutes already, gives those back unchanged.

    Of a session that is over, how its commitments stood is kept first. Records: DRAFTED. Raises NothingToDraft, TooEarly.
    """
    session = lock_session(session_id)
    latest = Minutes.objects.filter(session=session).order_by("-version").first()
    if latest is not None:
        return latest
    if session.is_historic or session.state not in DRAFTED_OF:
        raise NothingToDraft
    if session.starts_at is None or session.starts_at > now:
        raise TooEarly
    minutes = Minutes.objects.create(
        session=session,
        form=session.mesa.minutes_form,
        approval=session.mesa.minutes_approval,
        language=language if language in LANGUAGES else LANGUAGES[0],
        drafted_at=now,
    )
    freeze(session_id=session.pk, now=now)
    drafted = assembly.sections(session, language=minutes.language, form=minutes.form)
    Section.objects.bulk_create(_section(minutes, one, order) for order, one in enumerate(drafted, start=1))
    note(MinutesEvent.DRAFTED, minutes, by, now, {"version": minutes.version})
    return minutes


@transaction.atomic
def take_up(*, minutes_id: int, by: Actor, now: datetime) -> int:
    """Adds what the record has by now and the draft has not, each where it belongs; how many sections.

    Nothing that is written changes. Records: EDITED where something was added. Raises NotADraft through ``editable``.
    """
    minutes = editable(minutes_id)
    drafted = assembly.sections(minutes.session, language=minutes.language, form=minutes.form)
    there = list(minutes.sections.all())
    keys = {key_of(section) for section in there}
    missing = [one for one in drafted if one.key not in keys]
    if not missing:
        return 0
    places = {one.key: place for place, one in enumerate(drafted)}
    for one in missing:
        section = _section(minutes, one, 0)
        before = [
            at
            for at, other in enumerate(there)
            if places.get(key_of(other), -1) < places[one.key] and key_of(other) in places
        ]
        there.insert(max(before, default=-1) + 1, section)
    renumber(minutes, there)
    touch(minutes)
    note(MinutesEvent.EDITED, minutes, by, now, {"act": "taken_up", "sections": len(missing)})
    return len(missing)


@transaction.atomic
def correct(*, minutes_id: int, reason: str, by: Actor, now: datetime) -> Minutes:
    """Begins a new version of approved minutes, with their text and the reason. What was approved stays as it is.

    Records: CORRECTED, on the new version. Raises NothingToCorrect, AlreadyCorrected, ReasonOfCorrectionMissing.
    """
    before = lock(minutes_id)
    if Minutes.objects.filter(corrects=before).exists():
        raise AlreadyCorrected
    if before.state not in (Minutes.State.APPROVED, Minutes.State.PUBLISHED):
        raise NothingToCorrect
    if not reason.strip():
        raise ReasonOfCorrectionMissing(field="reason")
    minutes = Minutes.objects.create(
        session=before.session,
        version=before.version + 1,
        form=before.form,
        approval=before.approval,
        language=before.language,
        correction_reason=reason.strip(),
        corrects=before,
        drafted_at=now,
    )
    kept = ("order", "kind", "item_id", "title", "body", "is_reserved", "is_casa_adentro")
    Section.objects.bulk_create(
        Section(minutes=minutes, **{name: getattr(section, name) for name in kept})
        for section in before.sections.all()
    )
    note(MinutesEvent.CORRECTED, minutes, by, now, {"version": minutes.version})
    return minutes


class NotEditable(DomainError):
    default_message = _(
        "These minutes are not a draft any more, so the text stays. While they go round it changes by answering observations; after the approval, by a correction."
    )


def editable(minutes_id: int) -> Minutes:
    """The draft, held until the transaction ends: whoever changes a section takes this lock. Raises NotEditable."""
    minutes = lock(minutes_id)
    if not minutes.is_draft:
        raise NotEditable
    return minutes


def touch(minutes: Minutes) -> None:
    """The draft as a whole is another one now."""
    minutes.edit_version += 1
    minutes.save(update_fields=["edit_version"])


def key_of(section: Section) -> tuple[str, int | None, bool, bool]:
    return section.kind, section.item_id, section.is_reserved, section.is_casa_adentro


def renumber(minutes: Minutes, sections: list[Section]) -> None:
    """Gives them this order; new ones are written."""
    for place, section in enumerate(sections, start=1):
        if section.pk is None:
            section.order = place
            section.save()
        elif section.order != place:
            section.order = place
            section.save(update_fields=["order"])


def _section(minutes: Minutes, one: assembly.Drafted, order: int) -> Section:
    return Section(
        minutes=minutes,
        order=order,
        kind=one.kind,
        item=one.item,
        title=one.title,
        body=one.body,
        is_reserved=one.is_reserved,
        is_casa_adentro=one.is_casa_adentro,
    )
