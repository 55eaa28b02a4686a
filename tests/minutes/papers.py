"""Minutes as a ministry writes them, for tests of their papers."""

import uuid
from datetime import timedelta
from typing import Any

from coordination.documents.rich import clean
from coordination.minutes.models import Minutes, MinutesCopy, Observation, Section, Signature
from coordination.sessions.models import Session
from tests.cast import Cast

ATTENDANCE = (
    "<p>A las 09:12 se constata el quórum con la presencia de <strong>14 organizaciones</strong> de cinco sectores, "
    "sobre un mínimo de 8. Presidió la sesión la economista Mariuxi Sánchez Cedeño, Coordinadora Zonal 7.</p>"
    "<table><tr><th>Sector</th><th>Organizaciones</th><th>Personas</th></tr>"
    "<tr><td>Gobierno central</td><td>4</td><td>7</td></tr>"
    "<tr><td>Gobiernos autónomos descentralizados</td><td>3</td><td>4</td></tr>"
    "<tr><td>Cooperación internacional</td><td>2</td><td>3</td></tr>"
    "<tr><td>Sociedad civil y organizaciones de base</td><td>4</td><td>6</td></tr>"
    "<tr><td>Academia</td><td>1</td><td>2</td></tr></table>"
    "<p>Justificaron su ausencia la Cámara de Comercio de Macará y la Prefectura de Zamora Chinchipe.</p>"
)
WATER = (
    "<p>La Secretaría Técnica presentó el estado de las 23 juntas de agua de los cantones fronterizos. De ellas, "
    "<em>nueve no tienen título habilitante vigente</em>, según el registro del Ministerio con corte al 30 de junio.</p>"
    "<h4>Intervenciones</h4>"
    "<p>El Alcalde de Macará señaló que dos sistemas comparten captación con el lado peruano y pidió que la comisión "
    "binacional lo trate. La Universidad Nacional de Loja ofreció su laboratorio para los análisis de calidad.</p>"
    "<blockquote>Sin el título, la junta no puede cobrar la tarifa ni pedir crédito. Llevamos cuatro años con el mismo "
    "expediente.</blockquote>"
    "<h4>Decisiones</h4>"
    "<ol><li><strong>Decisión 1.</strong> Levantar un catastro único de las juntas de agua.<ul><li>Responsable: "
    "Ministerio del Ambiente, con los municipios.</li><li>Plazo: 30 de septiembre.</li></ul></li>"
    "<li><strong>Decisión 2.</strong> Priorizar las nueve juntas sin título, por consenso. La Federación de Juntas deja "
    "constancia de su reserva sobre el orden de prioridad.</li></ol>"
    '<p>El informe completo está en <a href="https://www.ejemplo.gob.ec/juntas-de-agua">el repositorio de la mesa</a>.</p>'
)
COMMITMENTS = (
    "<table><tr><th>Código</th><th>Compromiso</th><th>Responsable</th><th>Plazo</th></tr>"
    "<tr><td>FS-2026-014</td><td>Entregar a la mesa el catastro único de juntas de agua de Macará, Zapotillo y Espíndola, "
    "con coordenadas y estado del título</td><td>Ministerio del Ambiente, Dirección Zonal 7</td><td>30 de septiembre de "
    "2026</td></tr>"
    "<tr><td>FS-2026-015</td><td>Analizar la calidad del agua de nueve sistemas</td><td>Universidad Nacional de Loja"
    "</td><td>15 de octubre de 2026</td></tr>"
    "<tr><td>FS-2026-016</td><td>Acompañar a las juntas en el trámite del título</td><td>Fundación Puente Sur</td>"
    "<td>30 de noviembre de 2026</td></tr></table>"
)
PUBLIC = [
    ("Asistencia y quórum", ATTENDANCE),
    ("Estado de los compromisos", "<p>De 12 compromisos abiertos, siete están en plazo, tres por vencer y dos vencidos.</p>"),
    ("Agua segura en los cantones fronterizos", WATER),
    ("Compromisos adquiridos", COMMITMENTS),
    ("Próxima sesión", "<p>La próxima sesión se realizará en Zapotillo. La fecha se definirá por consulta.</p>"),
]  # fmt: skip
RESERVED = ("CANARIO-RESERVADO título", "<p>CANARIO-RESERVADO texto de una nota reservada.</p>")
CLOSED = ("CANARIO-CERRADO título", "<p>CANARIO-CERRADO texto de la parte cerrada.</p>")


def session_of(cast: Cast, **more: Any) -> Session:
    start = cast.in_days(-3)
    return Session.objects.create(
        mesa=cast.mesa, number=more.pop("number", 3), topic="Agua segura en la frontera", state=Session.State.HELD,
        starts_at=start, ends_at=start + timedelta(hours=4), venue="Auditorio de la Gobernación de Loja", **more,
    )  # fmt: skip


def minutes_of(
    cast: Cast,
    *,
    state: str = "draft",
    is_closed: bool = False,
    sections: list[tuple[str, str]] | None = None,
    hidden: bool = False,
    **more: Any,
) -> Minutes:
    """Minutes in that state; ``hidden`` puts a reserved and a closed section between the public ones."""
    session = session_of(cast, is_casa_adentro=is_closed, number=more.pop("session_number", 3))
    at: dict[str, Any] = {"drafted_at": cast.now}
    if state != "draft":
        at |= {"circulated_at": cast.now, "observations_until": cast.in_days(10)}
    if state not in ("draft", "circulated"):
        at |= {
            "approved_at": cast.in_days(10),
            "number": "ACTA-FS-2026-003",
            "code": "K7M2A-9QXT-4HRJW",
            "sha256": "a" * 64,
        }
    if state == "published":
        at["published_at"] = cast.in_days(11)
    made = Minutes.objects.create(
        **{"session": session, "form": "acta", "approval": "silence", "state": state} | at | more
    )
    texts = [
        (title, body, is_closed, is_closed) for title, body in (PUBLIC if sections is None else sections)
    ]
    if hidden:
        texts[1:1] = [(*RESERVED, True, False), (*CLOSED, True, True)]
    for order, (title, body, reserved, closed) in enumerate(texts, start=1):
        Section.objects.create(
            minutes=made,
            order=order,
            title=title,
            body=clean(body),
            is_reserved=reserved,
            is_casa_adentro=closed,
        )
    return made


def sent_to(minutes: Minutes, cast: Cast) -> None:
    for organization in (cast.ministry, cast.ngo, cast.university):
        MinutesCopy.objects.create(
            minutes=minutes, organization=organization, link_expires_at=cast.in_days(60), sent_at=cast.now
        )


def observed(minutes: Minutes, cast: Cast, *, title: str, answer: str = "accepted") -> Observation:
    section = minutes.sections.get(title=title)
    return Observation.objects.create(
        minutes=minutes, section=section, paragraph=1, text="Falta un dato.", organization=cast.ngo, made_at=cast.now,
        answer=answer, answered_at=cast.now, client_id=uuid.uuid4(),
    )  # fmt: skip


def signed(minutes: Minutes, cast: Cast, sha256: str) -> None:
    for organization, name, title in (
        (cast.ministry, "Tomás Vera", "Coordinador Zonal"),
        (cast.ngo, "Carmen Loja", "Directora ejecutiva"),
    ):
        Signature.objects.create(
            minutes=minutes,
            organization=organization,
            name=name,
            title=title,
            sha256=sha256,
            signed_at=cast.in_days(2),
        )
