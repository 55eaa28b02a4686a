"""The ten steps, in Spanish: the secretariat at 1280 px, organizations on a phone of 360 px by the link of their letter.

Each test begins in a world that the actions brought to its step, so that any of them can run alone.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from coordination.attendees.models import Invitation
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session
from tests.browser import world
from tests.browser.mailbox import Mailbox
from tests.browser.reader import Reader
from tests.browser.stage import Stage
from tests.cast import Cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A fresh cast for each test: nobody leans on what another left."""
    return world.cast_of_today()


def page(name: str, *args: object) -> str:
    """The Spanish address of a page."""
    with translation.override("es"):
        return reverse(name, args=args)


def test_rosa_signs_in_with_her_password_and_with_a_code(cast: Cast, desk: Reader, mailbox: Mailbox) -> None:
    desk.sign_in(cast.rosa.user.email)
    assert "Rosa" in desk.title
    desk.page.context.clear_cookies()
    desk.go("/es/cuenta/login/")
    desk.page.locator("a[href*='login/code']").click()
    desk.fill(email=cast.rosa.user.email)
    desk.submit()
    mail = mailbox.wait_for(to=cast.rosa.user.email)
    assert mail.subject.endswith("es su código para entrar")
    assert "Reciba un cordial saludo." in mail.text
    desk.fill(code=mail.code)
    desk.submit()
    assert desk.path.startswith("/es/mi-trabajo/")


def test_the_secretariat_founds_a_mesa_seats_it_and_writes_an_agenda(cast: Cast, desk: Reader) -> None:
    desk.sign_in(cast.rosa.user.email)
    desk.page.locator("a[href='/es/mesas/nueva/']").first.click()
    desk.fill(
        name_es="Mesa Cantonal de Puerto Ceibo",
        name_en="Puerto Ceibo Cantonal Mesa",
        level="cantonal",
        parent=str(cast.mesa.pk),
        objectives_es="Coordinar la acogida en el cantón.",
        legal_kind="ministerial_agreement",
        legal_number="Acuerdo 45",
        quorum_organizations="2",
        quorum_sectors="2",
    )
    desk.submit()
    assert desk.path.endswith("/puestos/"), desk.text
    for organization in (cast.ngo, cast.university):
        desk.page.locator(f"#o-{organization.pk}").check()
    desk.page.locator("form:has([name=organization]) button.btn-primary").click()
    mesa = Mesa.objects.get(name_es="Mesa Cantonal de Puerto Ceibo")
    assert mesa.seats.count() == 3
    assert mesa.parent == cast.mesa

    desk.go(page("portal:mesa", mesa.slug))
    desk.page.locator("main a[href$='/sesiones/nueva/']").first.click()
    day = timezone.localdate() + timedelta(days=21)
    desk.fill(
        day=day.isoformat(),
        starts="09:00",
        ends="12:30",
        time_zone="America/Guayaquil",
        topic="Plan de acogida",
        modality="hybrid",
        venue="Casa del GAD",
        online_url="https://reuniones.example/acogida",
    )
    desk.submit()
    assert desk.path.endswith("/orden-del-dia/"), desk.text
    assert "Estado de los compromisos" in desk.page.locator(".m-agenda li").first.inner_text()
    for title, minutes in (("Plan de acogida", "60"), ("Presupuesto", "30")):
        desk.fill(title=title, minutes=minutes)
        desk.submit("#nuevo")
    desk.page.locator(".m-agenda li", has_text="Presupuesto").locator(
        "form[action$='/mover/'] button"
    ).first.click()
    desk.page.wait_for_load_state()
    items = desk.page.locator(".m-agenda h3").all_inner_texts()
    assert items == ["Estado de los compromisos", "Presupuesto", "Plan de acogida"]
    session = Session.objects.get(mesa=mesa)
    assert session.number == 1
    assert session.starts_at and session.starts_at.astimezone(session.zone).hour == 9


def test_a_letter_is_answered_on_a_phone_changed_and_declined(
    cast: Cast, desk: Reader, phone: Reader, mailbox: Mailbox
) -> None:
    session = world.drafted(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("portal:session", session.public_id))
    desk.page.locator("a[href$='/convocar/']").first.click()
    desk.fill(message="Traiga las cifras de su organización, en una página.")
    assert "3" in desk.page.locator("form.m-card--now button.btn-primary").inner_text()
    desk.submit()
    assert desk.path.endswith("/delegaciones/"), desk.text

    letter = mailbox.wait_for(to=cast.carmen.email, subject="Convocatoria")
    assert "Traiga las cifras" in letter.text
    assert "Rutas de documentación" in letter.text
    phone.go(letter.link("/i/"))
    assert not phone.page.context.cookies() or all(
        c["name"] != "sessionid" for c in phone.page.context.cookies()
    )
    phone.fill(answer="in_person")
    phone.submit()
    phone.fill(principal_name="Carmen Loja", principal_email="carmen@puente.example")
    phone.page.locator("#g-alternate > summary").click()
    phone.fill(alternate_name="Luis Paredes", alternate_email="luis@puente.example")
    phone.submit()
    assert "Luis Paredes" in phone.text, "shown once more before it is final"
    phone.submit()
    assert "2" in phone.title
    assert phone.path.endswith("/listo/")

    confirmed = mailbox.wait_for(to="carmen@puente.example", subject="Le esperamos")
    event = confirmed.calendar
    assert event is not None
    assert confirmed.method == "REQUEST"
    assert event.start == session.starts_at
    assert str(event["UID"]).startswith(f"session-{session.public_id}@")
    assert mailbox.wait_for(to="luis@puente.example", subject="Le esperamos")
    with phone.page.expect_download() as download:
        phone.page.locator("a[href$='calendario.ics']").click()
    assert download.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR")

    phone.page.locator("main a[href$='/delegacion/']").first.click()
    phone.page.locator("#g-alternate > summary").click()
    phone.fill(alternate_name="Marta Quishpe", alternate_email="marta@puente.example")
    phone.submit()
    phone.submit()
    assert "Marta Quishpe" in phone.text
    assert "Luis Paredes" not in phone.text
    mailbox.wait_for(to="marta@puente.example", subject="Le esperamos")
    withdrawn = mailbox.wait_for(to="luis@puente.example", count=2)
    assert withdrawn.method == "CANCEL"

    other = mailbox.wait_for(to=cast.luis.email, subject="Convocatoria")
    phone.go(other.link("/i/"))
    phone.fill(answer="no")
    phone.submit()
    phone.fill(note="Ese día defendemos tesis.")
    phone.submit("main form[action$='/no-asistira/']")
    mailbox.wait_for(to=cast.luis.email, subject="Recibimos su respuesta")

    desk.go(page("attendees:delegations", session.public_id))
    assert "Marta Quishpe" in desk.text
    states = dict(Invitation.objects.filter(session=session).values_list("organization__name_es", "state"))
    assert states["Universidad del Páramo"] == "declined"


def test_the_reminder_of_the_day_before_comes_once(cast: Cast, stage: Stage, mailbox: Mailbox) -> None:
    """The whole ladder is climbed in tests/journeys; here a process of its own rings a day ahead of its time."""
    session = world.convened(cast, starts_at=cast.now + timedelta(days=2))
    world.answered(cast, session, cast.ngo, "Carmen Loja")
    stage.sweep(timedelta(days=1, hours=1))
    reminder = mailbox.wait_for(to="carmen@puente.example", subject="Recordatorio")
    assert len(mailbox.all("carmen@puente.example", "Recordatorio")) == 1
    assert reminder.link("/i/")


def test_a_session_that_moves_is_told_once_and_one_that_is_cancelled_leaves_the_calendar(
    cast: Cast, desk: Reader, mailbox: Mailbox
) -> None:
    session = world.convened(cast)
    world.answered(cast, session, cast.ngo, "Carmen Loja")
    desk.sign_in(cast.rosa.user.email)
    first = mailbox.wait_for(to="carmen@puente.example", subject="Le esperamos").calendar
    assert first is not None
    assert session.starts_at
    day = session.starts_at.astimezone(session.zone).date() + timedelta(days=2)
    desk.go(page("sessions:edit", session.public_id))
    desk.fill(day=day.isoformat(), venue="Teatro Bolívar")
    desk.submit()
    moved = mailbox.wait_for(to="carmen@puente.example", subject="Cambio")
    assert moved.calendar is not None
    assert moved.calendar["UID"] == first["UID"]
    assert int(moved.calendar["SEQUENCE"]) > int(first["SEQUENCE"])
    assert moved.calendar.start.date() == day
    assert "Teatro Bolívar" in moved.text

    desk.go(page("sessions:cancel", session.public_id))
    desk.fill(reason="El puente está cerrado por las lluvias.")
    desk.page.locator("main form button.btn-grave").click()
    gone = mailbox.wait_for(to="carmen@puente.example", subject="Cancelada")
    assert gone.method == "CANCEL"
    assert gone.calendar is not None
    assert int(gone.calendar["SEQUENCE"]) > int(moved.calendar["SEQUENCE"])
    assert "lluvias" in gone.text
    assert len(mailbox.all("carmen@puente.example", "Cambio")) == 1
    desk.go(page("portal:session", session.public_id))
    assert "lluvias" in desk.text


def test_on_the_day_the_register_marks_people_and_counts_the_quorum(cast: Cast, desk: Reader) -> None:
    session = world.under_way(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("attendees:attendance", session.public_id))
    desk.mark("Carmen Loja", "present")
    desk.mark("Luis Paredes", "excused")
    desk.mark("Luisa Aguirre", "absent")
    desk.mark("Luisa Aguirre", "present")
    desk.fill(organization=str(cast.ministry.pk), name="Jorge Salas")
    desk.page.locator("[name=represents]").check()
    desk.submit("main form[action$='/sin-registro/']")
    assert "Jorge Salas" in desk.text
    desk.page.locator("main form[action$='/cerrar/'] button").click()
    desk.page.wait_for_load_state()
    session.refresh_from_db()
    assert session.attendance_closed_at
    assert session.quorum_met is True
    assert session.present_people == 3


def test_an_outcome_becomes_a_commitment_once_nothing_is_missing_and_the_session_is_closed(
    cast: Cast, desk: Reader, mailbox: Mailbox
) -> None:
    session = world.over(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("sessions:outcomes", session.public_id))
    desk.page.locator("a[href^='?punto=']").nth(1).click()
    desk.fill(kind="commitment", text="Habilitar 40 plazas de alojamiento temporal")
    desk.submit("main form:has([name=punto])")
    assert desk.path.endswith("/compromiso/"), desk.text
    desk.fill(deliverable="40 plazas con camas y baños", responsible=str(cast.ngo.pk))
    desk.submit()
    commitment = Commitment.objects.get()
    assert commitment.state == "proposed"
    missing = desk.page.locator("aside").inner_text()
    desk.go(page("commitments:edit", commitment.public_id))
    assert desk.page.locator(".m-note.is-red a").count() >= 3, missing
    desk.fill(
        due_on=(timezone.localdate() + timedelta(days=40)).isoformat(),
        indicator_name="Plazas en servicio",
        indicator_unit="plazas",
        indicator_baseline="0",
        indicator_target="40",
        means_of_verification="Acta de entrega con fotografías",
        verifier=str(cast.university.pk),
    )
    desk.submit()
    desk.page.locator("main form[action$='/acordar/'] button").click()
    desk.page.wait_for_load_state()
    commitment.refresh_from_db()
    assert commitment.state == "agreed"

    desk.go(page("portal:session", session.public_id))
    desk.page.locator("main a[href$='/cerrar/']").first.click()
    desk.fill(result="held")
    desk.submit()
    session.refresh_from_db()
    assert session.closed_at
    assert session.state == "held"
    promised = mailbox.wait_for(to=cast.carmen.email, subject="Sus compromisos")
    assert commitment.code in promised.text
    assert promised.link("/c/")
    desk.go("/es/mi-trabajo/")
    assert desk.page.locator(".m-task", has_text=session.mesa.name).count() == 3  # circulate, review, publish


def test_a_report_by_link_is_verified_by_another_organization_and_shown_without_personal_data(
    cast: Cast, phone: Reader, desk: Reader, stage: Stage, mailbox: Mailbox
) -> None:
    session = world.over(cast)
    commitment = world.agreed(cast, session)
    stage.sweep()
    tasks = mailbox.wait_for(to=cast.rosa.email, subject="tareas de la secretaría")
    assert "/sesiones/" in tasks.text
    letter = mailbox.wait_for(to=cast.carmen.email, subject="Sus compromisos")
    phone.go(letter.link("/c/"))
    figure = f"figure_{commitment.indicators.get().pk}"
    phone.fill(text="Abrimos las 40 plazas con camas y baños.", step="100", **{figure: "40"})
    phone.page.locator("[name=asks_verification]").check()
    phone.fill(evidence_url="https://acta.example/1")
    phone.submit()

    asked = mailbox.wait_for(to=cast.luis.email, subject="Por verificar")
    phone.go(asked.link("/v/"))
    assert "Abrimos las 40 plazas" in phone.text
    phone.fill(decision="met", text="Visitamos el lugar.")
    phone.submit()
    code = mailbox.wait_for(to=cast.luis.email, subject="Su código para decidir")
    phone.fill(code=code.code)
    phone.submit()
    commitment.refresh_from_db()
    assert commitment.state == "met", phone.text
    mailbox.wait_for(to=cast.carmen.email, subject="Verificado")

    desk.go(page("portal:mesa", cast.mesa.slug))
    assert commitment.code in desk.text
    desk.page.locator(f"main a[href='{page('commitments:detail', commitment.public_id)}']").first.click()
    for address in (
        page("portal:mesa", cast.mesa.slug),
        page("commitments:detail", commitment.public_id),
        page("portal:session", session.public_id),
    ):
        desk.go(address)
        for private in ("Carmen Loja", "Luisa Aguirre", "Rosa Tandazo", "@", "Luis Aguirre"):
            assert private not in desk.text, f"{private} on {address}"


def test_somebody_without_a_seat_sees_no_delegation(cast: Cast, desk: Reader) -> None:
    session = world.under_way(cast)
    desk.sign_in(cast.elena.user.email)
    assert desk.go(page("attendees:delegations", session.public_id)).status == 403
    desk.go(page("portal:session", session.public_id))
    assert "Carmen Loja" not in desk.text
