"""Every letter with invented facts: what staff look at before anything is sent, on an empty installation too.

Nothing here reads the database, and no link leads anywhere. Of each letter the fullest form is shown; who changes a
template finds in the tests of this module whether a fact is missing.
"""

from datetime import date
from typing import Any

from django.conf import settings

from coordination.common import dates
from coordination.notifications.kinds import KINDS
from coordination.notifications.letters import CLOSED_DOOR, Words, compose
from coordination.notifications.settling_gallery import SAID as SETTLING

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
NAMES = (*KINDS, CLOSED_DOOR)
MEETS, CLOSES, DUE, OLD_DUE, TASKS = (
    date(2027, 3, 9), date(2027, 3, 5), date(2027, 6, 30), date(2027, 5, 31), date(2027, 3, 10)
)  # fmt: skip
ANSWER, AFTER = date(2027, 7, 14), date(2027, 7, 15)  # of the letter about what was due
ZONE = "America/Guayaquil"

# What is said in words of its own in each language; dates are made from the figures above.
_SPOKEN: dict[str, dict[str, Any]] = {
    "es": {
        "organization": "Fundación Puente Sur", "mesa": "Mesa Zonal Frontera Sur", "sender": "Mesa Zonal Frontera Sur",
        "session": "III sesión, Mesa Zonal Frontera Sur", "topic": "Acogida en la frontera", "closes_in": "en 3 días",
        "distance": "en 5 días", "place": ["Auditorio municipal", "Calle de los Ceibos y Primera, Huaquillas"],
        "reason": "No hay quórum: cuatro instituciones atienden la emergencia vial.",
        "note": "Le pedimos traer las cifras de su institución del último trimestre.",
        "agenda": [{"title": "Estado de los compromisos"}, {"title": "Alojamiento temporal"}],
        "tasks": ["completar el registro de asistencia", "cerrar la sesión"],
        "statement": "Habilitar 40 plazas de alojamiento temporal", "deliverable": "40 plazas equipadas y en servicio",
        "responsible": "Fundación Puente Sur", "verifier": "Universidad del Páramo",
        "means": "Acta de entrega y recepción", "why": "El invierno retrasó la obra dos semanas.",
        "missing": ["una fecha de vencimiento"], "who": "Fundación Puente Sur", "objection": "El presupuesto de este año ya está cerrado.",
        "report": "Abrimos las 40 plazas y firmamos el acta.", "remarks": "Falta el acta firmada por las dos partes.",
        "proposal": "Agua segura en los albergues", "motive": "Hay brotes en dos albergues desde enero.",
        "item": "Agua segura en los albergues", "answer": "Traiga las cifras por albergue.",
        "record": "el acta", "until_in": "en 3 días", "title": "Acoger en la frontera: lo que acordamos contar",
        "answers": [
            {"text": "Son 45 plazas y no 40.", "answer": "accepted", "reason": "", "changed": True},
            {"text": "Falta el nombre del albergue.", "answer": "partly", "reason": "Consta en el anexo 2.", "changed": False},
        ],
        "origin": "Mesa Cantonal de Huaquillas", "target": "Mesa Zonal Frontera Sur", "raised_in": "II sesión",
        "text": "El cantón no tiene personal de salud para los albergues. Pedimos que lo trate la zona.",
        "born": "FS-021 Enviar dos brigadas de salud",
        "of_kind": {
            "referral_raised": {"title": "Personal de salud para los albergues", "sender": "Mesa Cantonal de Huaquillas"},
            "referral_answered": {"title": "Personal de salud para los albergues", "mesa": "Mesa Cantonal de Huaquillas"},
            "commitment_letter": {"distance": "hace 10 días"},
            "commitment_verified": {"remarks": "Recorrimos las 40 plazas: están en servicio."},
            "minutes_corrected": {"reason": "Faltaba el resultado de la votación."},
        },
        "story": {
            "claimed": "10 de junio de 2027", "decided": "returned", "decided_on": "14 de junio de 2027",
            "decided_by": "Universidad del Páramo", "missing": ["el acta firmada por las dos partes"], "disputed": "", "resolution": "",
            "resolved_on": "", "resolved_in": "",
        },
        "delegate": "Julia Paz", "vacant_post": "Punto focal", "state": "Por vencer", "lines": ["Recordatorio: III sesión, martes 9 de marzo de 2027"],
    },
    "en": {
        "organization": "Puente Sur Foundation", "mesa": "Southern Border Zonal Mesa",
        "sender": "Southern Border Zonal Mesa", "session": "III session, Southern Border Zonal Mesa",
        "topic": "Reception at the border", "closes_in": "in 3 days", "distance": "in 5 days",
        "place": ["Municipal auditorium", "Calle de los Ceibos y Primera, Huaquillas"],
        "reason": "There is no quorum: four institutions are dealing with the landslide.",
        "note": "Please bring the figures of your institution for the last quarter.",
        "agenda": [{"title": "State of the commitments"}, {"title": "Temporary shelter"}],
        "tasks": ["complete the attendance register", "close the session"],
        "statement": "Open 40 places of temporary shelter", "deliverable": "40 places equipped and in use",
        "responsible": "Puente Sur Foundation", "verifier": "University of the Páramo",
        "means": "Signed record of delivery", "why": "The rains delayed the works by two weeks.",
        "missing": ["a due date"], "who": "Puente Sur Foundation", "objection": "This year's budget is closed already.",
        "report": "We opened the 40 places and signed the record.", "remarks": "The record signed by both sides is missing.",
        "proposal": "Safe water in the shelters", "motive": "There have been outbreaks in two shelters since January.",
        "item": "Safe water in the shelters", "answer": "Please bring the figures by shelter.",
        "record": "the minutes", "until_in": "in 3 days", "title": "Welcome at the border: what we agreed to tell",
        "answers": [
            {"text": "It is 45 places, not 40.", "answer": "accepted", "reason": "", "changed": True},
            {"text": "The name of the shelter is missing.", "answer": "partly", "reason": "It is in annex 2.", "changed": False},
        ],
        "origin": "Cantonal Mesa of Huaquillas", "target": "Southern Border Zonal Mesa", "raised_in": "II session",
        "text": "The canton has no health staff for the shelters. We ask the zone to deal with it.",
        "born": "FS-021 Send two health teams",
        "of_kind": {
            "referral_raised": {"title": "Health staff for the shelters", "sender": "Cantonal Mesa of Huaquillas"},
            "referral_answered": {"title": "Health staff for the shelters", "mesa": "Cantonal Mesa of Huaquillas"},
            "commitment_letter": {"distance": "10 days ago"},
            "commitment_verified": {"remarks": "We walked through the 40 places: they are in use."},
            "minutes_corrected": {"reason": "The result of the vote was missing."},
        },
        "story": {
            "claimed": "10 June 2027", "decided": "returned", "decided_on": "14 June 2027",
            "decided_by": "University of the Páramo", "missing": ["the record signed by both sides"], "disputed": "", "resolution": "",
            "resolved_on": "", "resolved_in": "",
        },
        "delegate": "Julia Paz", "vacant_post": "Focal point", "state": "Due soon", "lines": ["Reminder: III session, Tuesday 9 March 2027"],
    },
}  # fmt: skip
# Where a kind would say something else than the rest.
_OF_KIND: dict[str, dict[str, Any]] = {
    "commitment_returned": {"decision": "returned"},
    "commitment_link": {"verifies": False},
    "referral_answered": {"decision": "partly"},
    "proposal_answered": {"decision": "accepted"},
    "minutes_approved": {"number": "ACTA-FS-2027-003", "code": "K7M2A-9QXT-4HRJW"},
}


def letter(name: str, language: str) -> Words:
    """One letter, ``name`` a kind or the closed door's. Raises KeyError for what does not exist."""
    if name not in NAMES or language not in LANGUAGES:
        raise KeyError(name)
    return compose(name, language, facts(name, language))


def facts(name: str, language: str) -> dict[str, Any]:
    """Everything any letter may state."""
    said = _SPOKEN[language] | SETTLING[language]
    link = f"{settings.BASE_URL}/{language}/…"
    due, when = dates.date_words(DUE, language), dates.date_words(MEETS, language)
    hours = f"{when}, 09:00, {dates.zone_name(ZONE, language)}"
    closes = f"{dates.date_words(CLOSES, language)}, 18:00, {dates.zone_name(ZONE, language)}"
    promise = {
        "code": "FS-014", "statement": said["statement"], "deliverable": said["deliverable"], "due": due,
        "report_url": link, "no_news_url": link, "verify_url": link, "state": said["state"], "light": "amber",
        "responsible": said["responsible"], "distance": said["distance"],
    }  # fmt: skip
    told = promise | {
        "page_url": link, "until": due, "to_acknowledge": True, "reports": True, "reason": said["objection"],
        "granted": due, "answer": said["answer"],
    }  # fmt: skip
    call = {
        "session": said["session"],
        "when": hours,
        "closes": closes,
        "going": ["Carmen Loja"],
        "url": link,
    }
    return {
        **said, **promise, "name": "Carmen Loja", "language": language, "demo": False, "when": hours, "begins": hours,
        "day": when, "closes": closes, "expires": closes, "is_online": True, "online_url": link, "role": "principal",
        "number": "FS-2027-003", "indicator": "", "old_target": "", "new_target": "", "old_due": dates.date_words(OLD_DUE, language), "days_late": 0, "verifies": False,
        "evidence_url": link, "evidence": [said["deliverable"]], "lost": [said["deliverable"]], "progress": 100, "decision": "met", "digits": "••••••", "minutes": 10, "reserved": 1,
        "url": link, "page_url": link, "home_url": link, "work_url": link, "preferences_url": link,
        "review_url": link, "commitments": [told], "to_verify": [told], "to_confirm": [told], "extensions": [told],
        "followed": [told], "inbox_url": link, "invitations": [call], "coming": [call],
        "lines": [{"text": text, "url": link} for text in said["lines"]],
        "tasks": [
            {"name": task, "due": dates.date_words(TASKS, language), "distance": said["distance"], "late": False}
            for task in said["tasks"]
        ],
        "late": False, "is_own": True, "until": dates.date_words(CLOSES, language), "check_url": link,
        "by_hand": False, "is_copy": False, "reminders": 4, "answer_by": dates.date_words(ANSWER, language),
        "next_session": dates.date_words(AFTER, language), "is_hurried": True, "agreed_in": said["session"], "keeps": True, "signs": False, "goes_round": True, "waiting": 2,
        "options": [hours, closes],
    } | _OF_KIND.get(name, {}) | said["of_kind"].get(name, {})  # fmt: skip
