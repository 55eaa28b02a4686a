"""What comes before a session of the demo: papers with their versions and receipts, and what members propose."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.actor import Actor, LinkScope
from coordination.attendees.models import Invitation
from coordination.organizations.models import Post
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Session

At = Callable[[int], datetime]


def bring(session: Session, row: dict[str, Any], *, by: Actor, at: At) -> None:
    """Plays ``papers`` and ``proposals`` of a session's row, each act on its own day."""
    for paper in row.get("papers", []):
        _hand_in(session, paper, by=by, at=at)
    for proposal in row.get("proposals", []):
        _propose(session, proposal, by=by, at=at)


def _hand_in(session: Session, row: dict[str, Any], *, by: Actor, at: At) -> None:
    item = session.agenda.get(title_es=row["item"])
    by_link = _link(session, row["presented_by"])
    post = Post.objects.filter(organization=by_link.link.organization_id, kind=Post.Kind.FOCAL_POINT).first()
    AgendaItem.objects.filter(pk=item.pk).update(presenter_post=post)
    paper = None
    for number, text in enumerate(row["versions"], start=1):
        upload = SimpleUploadedFile(row["file"], "\n".join(text["lines"]).encode())
        given: dict[str, Any] = {"upload": upload, "by": by_link, "now": at(text["on"])}
        given["organization_id"] = by_link.link.organization_id
        if paper is None:
            paper = actions.add_paper(session_id=session.pk, item_id=item.pk, title=row["title"], **given)
            version = paper.versions.get()
        else:
            version = actions.add_version(paper_id=paper.pk, after=number - 1, note=text["note"], **given)
        for slug, day in text["taken"].items():
            reader = _link(session, slug)
            ids = [reader.link.organization_id]
            actions.take_version(version_id=version.pk, organization_ids=ids, by=reader, now=at(day))


def _propose(session: Session, row: dict[str, Any], *, by: Actor, at: At) -> None:
    by_link = _link(session, row["organization"])
    made = actions.propose(
        session_id=session.pk,
        organization_id=by_link.link.organization_id,
        title=row["title"],
        reason=row["reason"],
        minutes=row["minutes"],
        by=by_link,
        now=at(row["on"]),
    )
    if "deferred" in row:
        actions.put_off_proposal(
            proposal_id=made.pk, version=1, answer=row["deferred"], by=by, now=at(row["answered"])
        )


def _link(session: Session, name: str) -> Any:
    """The actor of an organization's invitation: no account is needed."""
    invitation = Invitation.objects.get(session=session, organization__slug=name.replace("_", "-"))
    return Actor(link=LinkScope(Invitation.LINK_PURPOSE, invitation.pk, invitation.organization_id))
