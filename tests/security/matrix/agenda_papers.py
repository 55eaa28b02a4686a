"""What comes before a session: proposals, papers, cut-offs; by account and by the invitation's link."""

from typing import Any

from coordination.files.actions import keep
from coordination.sessions import actions
from coordination.sessions.models import AgendaProposal, Paper, PaperVersion
from tests.files.samples import PDF, upload
from tests.security.matrix.base import (
    AUDITOR,
    CHAIR,
    MEMBER,
    SECRETARIAT,
    Row,
    everybody,
    only,
)
from tests.security.matrix.world import World

READERS = (MEMBER, CHAIR, SECRETARIAT, AUDITOR)


def session(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id}


def token(world: World) -> dict[str, Any]:
    return {"token": world.invitation.token}


def _paper(world: World) -> PaperVersion:
    """The world's one paper, of the item that the NGO presents."""
    found = PaperVersion.objects.filter(paper__session=world.session).first()
    if found:
        return found
    world.item.presenter_post = world.carmen.tenures.get().post
    world.item.save()
    paper = Paper.objects.create(session=world.session, item=world.item, title="Informe")
    stored = keep(upload=upload("informe.pdf", PDF), by=world.secretariat, now=world.session.convened_at)
    return PaperVersion.objects.create(paper=paper, number=1, file=stored, added_at=world.session.convened_at)


def paper(world: World) -> dict[str, Any]:
    return session(world) | {"paper_id": _paper(world).paper.public_id}


def version(world: World) -> dict[str, Any]:
    return session(world) | {"version_id": _paper(world).public_id}


def by_link(world: World, **more: Any) -> dict[str, Any]:
    _paper(world)
    return token(world) | more


def _proposal(world: World) -> AgendaProposal:
    """The world's one proposal, of the NGO."""
    found = AgendaProposal.objects.filter(session=world.session).first()
    return found or actions.propose(
        session_id=world.session.pk, organization_id=world.ngo.pk, title="Agua segura", by=world.secretariat,
        now=world.session.convened_at,
    )  # fmt: skip


def proposal(world: World) -> dict[str, Any]:
    return session(world) | {"proposal_id": _proposal(world).public_id}


def put_off(world: World) -> dict[str, Any]:
    made = _proposal(world)
    if made.state == "pending":
        actions.put_off_proposal(
            proposal_id=made.pk, version=made.version, answer="No cabe.", by=world.secretariat,
            now=world.session.convened_at,
        )  # fmt: skip
    return session(world) | {"proposal_id": made.public_id}


def handed_in(world: World) -> dict[str, Any]:
    return {"title": "Informe", "item": _paper(world).paper.item_id, "file": upload("a.pdf", PDF)}


ROWS = [
    Row("sessions:cut_offs", session, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row(
        "sessions:proposals",
        session,
        get=only(*READERS),
        post=only(MEMBER, CHAIR, SECRETARIAT, ok=302),
        data=lambda _world: {"title": "Agua segura"},
        why="Whoever belongs to an organization with a seat proposes; the auditor writes nothing.",
    ),
    Row("sessions:proposal_answer", proposal, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row(
        "sessions:proposal_withdraw",
        proposal,
        post=only(*READERS, ok=404),
        why="The proposal is the NGO's: another organization finds none.",
    ),
    Row("sessions:proposal_take_up", put_off, post=only(SECRETARIAT, ok=302)),
    Row("sessions:papers", session, get=only(*READERS)),
    Row("sessions:paper_new", session, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=302), data=handed_in),
    Row("sessions:paper_edit", paper, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row("sessions:paper_version", paper, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row("sessions:paper_withdraw", paper, post=only(SECRETARIAT, ok=302)),
    Row(
        "sessions:paper_take",
        version,
        post=only(*READERS, ok=303, refused=404),
        why="For everybody else the paper does not exist.",
    ),
    Row("sessions:paper_file", version, get=only(*READERS, refused=404, anonymous=404)),
    Row("attendees:papers", by_link, get=everybody(200)),
    Row("attendees:paper_new", by_link, get=everybody(200), post=everybody(302), data=handed_in),
    Row(
        "attendees:paper_version",
        lambda world: by_link(world, paper_id=_paper(world).paper.public_id),
        get=everybody(200),
        post=everybody(422),
    ),
    Row(
        "attendees:paper_take",
        lambda world: by_link(world, version_id=_paper(world).public_id),
        post=everybody(303),
    ),
    Row(
        "attendees:paper_file",
        lambda world: by_link(world, version_id=_paper(world).public_id),
        get=everybody(200),
    ),
    Row("attendees:proposals", token, get=everybody(200), post=everybody(422)),
    Row(
        "attendees:proposal_withdraw",
        lambda world: token(world) | {"proposal_id": _proposal(world).public_id},
        post=everybody(302),
    ),
]
