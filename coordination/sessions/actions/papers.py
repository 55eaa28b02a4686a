"""Papers to read beforehand: versions stay, and who took which is known."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.files import actions as files
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.deadlines import takes_papers, takes_papers_of_members
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Paper, PaperReceipt, PaperVersion, Session

MOST_PAPERS = 60
TEXTS_A_DAY = 20  # of one organization: a link is no store of files


class PapersAreClosed(DomainError):
    default_message = _("The record of this session is complete, so its papers stay as they are.")


class CutOffHasPassed(DomainError):
    default_message = _(
        "The day for handing in papers has passed. Write to the secretariat: it can still add yours."
    )


class PaperIsGone(DomainError):
    default_message = _("This paper was withdrawn. Put it back before you change it.")


class TooManyPapers(DomainError):
    default_message = _("This session already has sixty papers. Withdraw one, or join several in one file.")


class TooManyTexts(DomainError):
    default_message = _(
        "Your organization has handed in twenty texts for this session within a day. Tomorrow it can hand in more; what cannot wait, the secretariat can add."
    )


class ClosedPapersStayInside(DomainError):
    default_message = _("Papers of a casa adentro session are read by its circle alone.")


class PaperTitleMissing(DomainError):
    default_message = _("Write what the paper is.")


@transaction.atomic
def add_paper(
    *,
    session_id: int,
    title: str,
    upload: UploadedFile,
    item_id: int | None = None,
    is_public: bool = False,
    organization_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Paper:
    """A new paper with its first version, of one item of the session or of the whole.

    ``organization_id`` is the member that hands it in, before the cut-off; without it the secretariat does, until the
    record is complete. Records: PAPER_ADDED. Raises PapersAreClosed, CutOffHasPassed, TooManyPapers, TooManyTexts,
    PaperTitleMissing, ClosedPapersStayInside and what ``files.actions.keep`` raises.
    """
    session = _open(session_id, organization_id, now)
    if not title.strip():
        raise PaperTitleMissing(field="title")
    if session.papers.filter(withdrawn_at=None).count() >= MOST_PAPERS:
        raise TooManyPapers()
    item = AgendaItem.objects.filter(session=session, pk=item_id).first() if item_id else None
    paper = Paper(session=session, item=item, title=title.strip(), is_public=is_public)
    _stays_inside(paper, session)
    paper.save()
    _version(paper, session, 1, upload, "", organization_id, by, now)
    _record(SessionEvent.PAPER_ADDED, paper, by, now, version=1)
    return paper


@transaction.atomic
def add_version(
    *,
    paper_id: int,
    after: int,
    upload: UploadedFile,
    note: str = "",
    organization_id: int | None = None,
    by: Actor,
    now: datetime,
) -> PaperVersion:
    """The next text of a paper; ``after`` is the newest number the form knew.

    Records: PAPER_VERSION_ADDED. Raises StaleVersion, PaperIsGone and the errors of ``add_paper``.
    """
    paper, session = _locked(paper_id, organization_id, now)
    last = paper.versions.order_by("-number").values_list("number", flat=True).first() or 0
    if last != after:
        raise StaleVersion()
    made = _version(paper, session, last + 1, upload, note, organization_id, by, now)
    _record(SessionEvent.PAPER_VERSION_ADDED, paper, by, now, version=made.number)
    return made


@transaction.atomic
def edit_paper(
    *, paper_id: int, title: str, item_id: int | None, is_public: bool, by: Actor, now: datetime
) -> Paper:
    """What it is called, which item it belongs to and whether anyone may read it.

    Records: PAPER_EDITED. Raises PapersAreClosed, PaperIsGone, PaperTitleMissing, ClosedPapersStayInside.
    """
    paper, session = _locked(paper_id, None, now)
    if not title.strip():
        raise PaperTitleMissing(field="title")
    paper.title, paper.is_public = title.strip(), is_public
    paper.item = AgendaItem.objects.filter(session=session, pk=item_id).first() if item_id else None
    _stays_inside(paper, session)
    paper.save()
    _record(SessionEvent.PAPER_EDITED, paper, by, now)
    return paper


@transaction.atomic
def withdraw_paper(*, paper_id: int, back: bool = False, by: Actor, now: datetime) -> Paper:
    """Nobody finds the paper any more; with ``back`` it is there again. Nothing is deleted.

    Records: PAPER_WITHDRAWN or PAPER_PUT_BACK, once. Raises PapersAreClosed.
    """
    session = _open(Paper.objects.values_list("session_id", flat=True).get(pk=paper_id), None, now)
    paper = Paper.objects.get(pk=paper_id, session=session)
    if (paper.withdrawn_at is None) == back:
        return paper
    paper.withdrawn_at = None if back else now
    paper.save(update_fields=["withdrawn_at"])
    _record(SessionEvent.PAPER_PUT_BACK if back else SessionEvent.PAPER_WITHDRAWN, paper, by, now)
    return paper


@transaction.atomic
def take_version(
    *, version_id: int, organization_ids: Iterable[int], by: Actor, now: datetime
) -> PaperVersion:
    """Somebody pressed the button to download: each of these organizations has it from now on; the first time counts.

    Records: PAPER_TAKEN, the first time.
    """
    version = (
        PaperVersion.objects.select_for_update(no_key=True)
        .select_related("paper__session")
        .get(pk=version_id)
    )
    had = set(version.receipts.values_list("organization_id", flat=True))
    new = [one for one in dict.fromkeys(organization_ids) if one not in had]
    PaperReceipt.objects.bulk_create(
        PaperReceipt(version=version, organization_id=one, person_id=by.person_id, read_at=now) for one in new
    )
    if new:
        _record(SessionEvent.PAPER_TAKEN, version.paper, by, now, version=version.number)
    return version


def _open(session_id: int, organization_id: int | None, now: datetime) -> Session:
    session = lock_session(session_id)
    if not takes_papers(session):
        raise PapersAreClosed()
    if organization_id is not None and not takes_papers_of_members(session, now):
        raise CutOffHasPassed()
    lately = PaperVersion.objects.filter(
        paper__session=session, added_by=organization_id, added_at__gt=now - timedelta(days=1)
    )
    if organization_id is not None and lately.count() >= TEXTS_A_DAY:
        raise TooManyTexts()
    return session


def _locked(paper_id: int, organization_id: int | None, now: datetime) -> tuple[Paper, Session]:
    """The paper, read after its session was locked."""
    session = _open(Paper.objects.values_list("session_id", flat=True).get(pk=paper_id), organization_id, now)
    paper = Paper.objects.get(pk=paper_id)
    if paper.withdrawn_at:
        raise PaperIsGone()
    return paper, session


def _stays_inside(paper: Paper, session: Session) -> None:
    if paper.is_public and session.is_casa_adentro:
        raise ClosedPapersStayInside(field="is_public")


def _version(
    paper: Paper,
    session: Session,
    number: int,
    upload: UploadedFile,
    note: str,
    organization_id: int | None,
    by: Actor,
    now: datetime,
) -> PaperVersion:
    stored = files.keep(upload=upload, by=by, now=now, is_restricted=session.is_casa_adentro)
    return PaperVersion.objects.create(
        paper=paper, number=number, file=stored, note=note.strip(), added_at=now, added_by_id=organization_id
    )


def _record(kind: SessionEvent, paper: Paper, by: Actor, now: datetime, **more: int) -> None:
    payload = {"paper": paper.pk, **more}
    record(kind=kind, by=by, subject=paper.session, now=now, mesa_id=paper.session.mesa_id, payload=payload)
