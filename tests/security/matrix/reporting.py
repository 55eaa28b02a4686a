"""Reports and evidence by role: what was sent shows to who sent it, a piece to who sees it, restricted ones to few."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.reports.actions import evidencing, reporting
from coordination.files.actions import keep_made
from coordination.files.models import StoredFile
from tests.commitments.world import agreed
from tests.security.matrix.base import AUDITOR, MEMBER, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def _promise(world: World) -> Commitment:
    """The university's: the matrix's member is its focal point."""
    return agreed(
        world,
        responsible_id=world.university.pk,
        verifier_id=world.ngo.pk,
        due_on=timezone.localdate() + timedelta(days=30),
    )


def _piece(world: World, *, url: str = "", is_restricted: bool = False) -> Evidence:
    commitment = _promise(world)
    now = timezone.now()
    if url:
        return evidencing.add_evidence(
            commitment_id=commitment.pk, organization_id=world.university.pk, person_id=world.luis.pk, url=url,
            is_restricted=is_restricted, by=world.secretariat, now=now,
        )  # fmt: skip
    stored = keep_made(
        content=b"Acta",
        name="acta.txt",
        type=StoredFile.Type.TXT,
        restricted=False,
        by=world.secretariat,
        now=now,
    )
    return Evidence.objects.create(
        commitment=commitment, organization=world.university, title="Acta", file=stored, is_restricted=is_restricted,
        added_at=now,
    )  # fmt: skip


def _sent(world: World) -> tuple[Commitment, Any]:
    commitment = _promise(world)
    made = reporting.report(
        commitment_id=commitment.pk, organization_id=world.university.pk, person_id=world.luis.pk, text="Se hizo",
        progress=50, by=world.secretariat, now=timezone.now(),
    )  # fmt: skip
    return commitment, made.public_id


def sent(world: World) -> dict[str, Any]:
    commitment, report_id = _sent(world)
    return {"public_id": commitment.public_id, "report_id": report_id}


def sent_by_link(world: World) -> dict[str, Any]:
    commitment, report_id = _sent(world)
    return {"token": commitment.token(Commitment.REPORT_LINK), "report_id": report_id}


def promised(world: World) -> dict[str, Any]:
    return {"public_id": _promise(world).public_id}


def link(world: World) -> dict[str, Any]:
    return {"token": _promise(world).token(Commitment.REPORT_LINK)}


def verifying_link(world: World) -> dict[str, Any]:
    return {"token": _promise(world).token(Commitment.VERIFY_LINK)}


def public(world: World) -> dict[str, Any]:
    return {"evidence_id": _piece(world).public_id}


def restricted(world: World) -> dict[str, Any]:
    return {"evidence_id": _piece(world, is_restricted=True).public_id}


def address(world: World) -> dict[str, Any]:
    return {"evidence_id": _piece(world, url="https://acta.example/1").public_id}


def _by(purpose: str, piece: Evidence) -> dict[str, Any]:
    return {"token": piece.commitment.token(purpose), "evidence_id": piece.public_id}


def restricted_by_link(world: World) -> dict[str, Any]:
    return _by(Commitment.VERIFY_LINK, _piece(world, is_restricted=True))


def mine_by_link(world: World) -> dict[str, Any]:
    return _by(Commitment.REPORT_LINK, _piece(world))


def theirs_by_link(world: World) -> dict[str, Any]:
    return _by(Commitment.VERIFY_LINK, _piece(world))


def address_by_link(world: World) -> dict[str, Any]:
    return _by(Commitment.VERIFY_LINK, _piece(world, url="https://acta.example/1"))


READERS = only(MEMBER, SECRETARIAT, AUDITOR, refused=404, anonymous=404)
MENDS = only(MEMBER, SECRETARIAT)

ROWS = [
    Row("commitments:report_done_signed_in", sent, get=only(MEMBER)),
    Row("commitments:report_done", sent_by_link, get=everybody(200), why="The link is the key."),
    Row("commitments:evidence_add", promised, get=only(MEMBER), post=only(MEMBER)),
    Row("commitments:evidence_add_by_link", link, get=everybody(200), post=everybody(200)),
    Row(
        "commitments:evidence_add_by_link",
        verifying_link,
        get=everybody(403),
        post=everybody(403),
        why="A verifier shows nothing: it looks.",
    ),
    Row("commitments:evidence_file", public, get=everybody(200)),
    Row(
        "commitments:evidence_file",
        restricted,
        get=READERS,
        why="Both keys, the mesa's keepers, the auditor; an administrator is none of them.",
    ),
    Row("commitments:evidence_file_by_link", restricted_by_link, get=everybody(200)),
    Row(
        "commitments:evidence_mend",
        public,
        get=MENDS,
        post=MENDS,
        why="Who handed it in; the secretariat takes back.",
    ),
    Row("commitments:evidence_mend_by_link", mine_by_link, get=everybody(200), post=everybody(200)),
    Row(
        "commitments:evidence_mend_by_link",
        theirs_by_link,
        get=everybody(403),
        post=everybody(403),
        why="The verifier's link changes nothing.",
    ),
    Row("commitments:evidence_gone", address, post=only(MEMBER, SECRETARIAT, ok=302)),
    Row("commitments:evidence_gone_by_link", address_by_link, post=everybody(302)),
]
