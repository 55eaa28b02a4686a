"""The session's screen. ``ronda/<token>/`` opens by a delegate's own link."""

from django.urls import path

from coordination.minutes.views import agreeing, floor, rapporteurs, round, running, saying

HERE = "sesiones/<uuid:public_id>/en-curso/"
ITEM = f"{HERE}<uuid:item_id>/"
OUTCOME = f"{HERE}resultado/<uuid:outcome_id>/"

urlpatterns = [
    path(HERE, running.running, name="running"),
    path(f"{HERE}palabra/", floor.floor, name="floor"),
    path(f"{HERE}palabra/turno/", floor.turn, name="turn"),
    path(f"{HERE}deshacer/", saying.restore, name="restore"),
    path(f"{HERE}declaracion/<uuid:said_id>/", saying.statement_edit, name="statement_edit"),
    path(f"{HERE}declaracion/<uuid:said_id>/quitar/", saying.statement_remove, name="statement_remove"),
    path(f"{HERE}cifra/<uuid:said_id>/", saying.figure_edit, name="figure_edit"),
    path(f"{HERE}cifra/<uuid:said_id>/quitar/", saying.figure_remove, name="figure_remove"),
    path(f"{OUTCOME}acuerdo/", agreeing.agreement, name="agreement"),
    path(f"{OUTCOME}acuerdo/consenso/", agreeing.consensus, name="consensus"),
    path(f"{OUTCOME}acuerdo/votos/", agreeing.votes, name="votes"),
    path(f"{OUTCOME}acuerdo/votos/quitar/", agreeing.votes_clear, name="votes_clear"),
    path(f"{OUTCOME}acuerdo/reserva/", agreeing.reservation_add, name="reservation_add"),
    path(
        f"{OUTCOME}acuerdo/reserva/<int:reservation_id>/quitar/",
        agreeing.reservation_remove,
        name="reservation_remove",
    ),
    path(f"{OUTCOME}acuerdo/deshacer/", agreeing.agreement_restore, name="agreement_restore"),
    path(f"{ITEM}notas/", running.notes, name="notes"),
    path(f"{ITEM}notas/historia/", running.notes_history, name="notes_history"),
    path(f"{ITEM}presencia/", running.presence, name="presence"),
    path(f"{ITEM}tiempo/", running.times, name="times"),
    path(f"{ITEM}siguiente-sesion/", running.carry, name="carry"),
    path(f"{ITEM}resultado/", saying.outcome_add, name="outcome_add"),
    path(f"{ITEM}declaracion/", saying.statement_add, name="statement_add"),
    path(f"{ITEM}cifra/", saying.figure_add, name="figure_add"),
    path("sesiones/<uuid:public_id>/relatoria/", rapporteurs.rapporteurs, name="rapporteurs"),
    path(
        "sesiones/<uuid:public_id>/relatoria/<uuid:person_id>/",
        rapporteurs.rapporteur_set,
        name="rapporteur_set",
    ),
    path("sesiones/<uuid:public_id>/ronda/", round.closing_round, name="closing_round"),
    path("ronda/<str:token>/", round.round_answer, name="round_answer"),
]
