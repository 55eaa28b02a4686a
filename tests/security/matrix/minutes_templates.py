"""The mesa's own Word template of minutes: the secretariat's, and nobody else's."""

from typing import Any

from coordination.minutes.actions import templates
from coordination.minutes.models import MinutesTemplate
from coordination.minutes.word import house_template
from tests.cast import NOW
from tests.files.samples import PDF, upload
from tests.security.matrix.base import SECRETARIAT, Row, only
from tests.security.matrix.world import World


def mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug}


def template(world: World) -> dict[str, Any]:
    """The world's one template, in use."""
    found = MinutesTemplate.objects.filter(mesa=world.mesa).first() or templates.upload_template(
        mesa_id=world.mesa.pk, upload=upload("acta.docx", house_template("es")), by=world.secretariat,
        now=NOW,
    )  # fmt: skip
    return mesa(world) | {"template_id": found.public_id}


ROWS = [
    Row(
        "minutes:template",
        mesa,
        get=only(SECRETARIAT),
        post=only(SECRETARIAT, ok=422),
        data=lambda _world: {"file": upload("a.pdf", PDF)},
    ),
    Row("minutes:template_house", mesa, get=only(SECRETARIAT)),
    Row("minutes:template_example", mesa, get=only(SECRETARIAT)),
    Row("minutes:template_retire", mesa, post=only(SECRETARIAT, ok=302)),
    Row("minutes:template_file", template, get=only(SECRETARIAT)),
    Row("minutes:template_bring_back", template, post=only(SECRETARIAT, ok=302)),
]
