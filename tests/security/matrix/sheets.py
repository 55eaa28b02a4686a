"""Papers of the day: sheets, annexes, totals, certificates, and the page that says what a code stands for."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coordination.attendees.actions.annexes import add_annex
from coordination.attendees.models import Attendance, Certificate
from coordination.documents.codes import new_code
from tests.files.samples import picture
from tests.security.matrix.attendees import RECORDS, SEES, session
from tests.security.matrix.base import Row, everybody, only
from tests.security.matrix.world import World

CODE = "K7M2A-9QXT-4HRJW"


def _annex(world: World, **fields: Any) -> dict[str, Any]:
    annex = add_annex(
        session_id=world.session.pk,
        upload=SimpleUploadedFile("foto.jpg", picture()),
        by=world.secretariat,
        now=timezone.now(),
        **fields,
    )
    return {"public_id": world.session.public_id, "annex": annex.public_id}


def signed_sheet(world: World) -> dict[str, Any]:
    return _annex(world, kind="sheet")


def _certificate(world: World) -> Certificate:
    mark = Attendance.objects.create(
        block=world.block,
        organization=world.ngo,
        name="Sol Nueva",
        status="present",
        is_walk_in=True,
        recorded_at=timezone.now(),
    )
    return Certificate.objects.create(
        session=world.session,
        organization=world.ngo,
        attendance=mark,
        code=new_code(),
        name="Sol Nueva",
        issued_at=timezone.now(),
    )


def certificate(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id, "certificate": _certificate(world).public_id}


def all_certificates(world: World) -> dict[str, Any]:
    _certificate(world)
    return session(world)


ROWS = [
    Row("attendees:sheet", session, get=only(*RECORDS), post=only(*RECORDS, ok=422)),
    Row("attendees:sheet_prepare", session, post=only(*RECORDS, ok=302)),
    Row("attendees:sheet_pdf", session, get=only(*RECORDS)),
    Row("attendees:annexes", session, get=only(*SEES), post=only(*RECORDS, ok=422)),
    Row(
        "attendees:annex_file",
        signed_sheet,
        get=only(*SEES, refused=404, anonymous=404),
        why="Public photos open here too: to who may not see it, a signed sheet does not exist.",
    ),
    Row("attendees:annex_remove", signed_sheet, post=only(*RECORDS, ok=302)),
    Row("attendees:totals", session, get=only(*SEES)),
    Row("attendees:bare_totals", session, get=only(*RECORDS), post=only(*RECORDS, ok=422)),
    Row("attendees:list_csv", session, get=only(*SEES)),
    Row("attendees:list_xlsx", session, get=only(*SEES)),
    Row("attendees:certificates", session, get=only(*RECORDS), post=only(*RECORDS, ok=302)),
    Row("attendees:certificates_pdf", all_certificates, get=only(*RECORDS)),
    Row("attendees:certificate_pdf", certificate, get=only(*RECORDS)),
    Row("portal:verify_form", get=everybody(200)),
    Row(
        "portal:verify",
        lambda _world: {"code": CODE},
        get=everybody(404),
        why="Nobody gave this code: the same for everybody.",
    ),
    Row("portal:certificate", lambda _world: {"code": CODE}, get=everybody(404)),
]
