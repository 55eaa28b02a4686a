"""Sessions: the list, the plan, the order of the day, the record."""

from django.urls import path

from coordination.sessions.views import (
    agenda,
    blocks,
    feeds,
    follow_up,
    following,
    listing,
    moving,
    papers,
    planning,
    proposals,
    record,
)

app_name = "sessions"
urlpatterns = [
    path("sesiones/", listing.session_list, name="list"),
    path("mesas/<slug:slug>/sesiones/nueva/", planning.schedule, name="schedule"),
    path("sesiones/<uuid:public_id>/editar/", planning.edit, name="edit"),
    path("sesiones/<uuid:public_id>/mover/", moving.move, name="move"),
    path("sesiones/<uuid:public_id>/anunciar/", planning.announce, name="announce"),
    path("sesiones/<uuid:public_id>/cancelar/", planning.cancel, name="cancel"),
    path("sesiones/<uuid:public_id>/bloques/", blocks.program, name="blocks"),
    path("sesiones/<uuid:public_id>/bloques/<int:block_id>/", blocks.edit, name="block_edit"),
    path("sesiones/<uuid:public_id>/bloques/<int:block_id>/mover/", blocks.move, name="block_move"),
    path("sesiones/<uuid:public_id>/bloques/<int:block_id>/quitar/", blocks.remove, name="block_remove"),
    path("sesiones/<uuid:public_id>/orden-del-dia/", agenda.agenda, name="agenda"),
    path("sesiones/<uuid:public_id>/orden-del-dia/deshacer/", agenda.item_restore, name="item_restore"),
    path("sesiones/<uuid:public_id>/orden-del-dia/<uuid:item_id>/", agenda.item_edit, name="item_edit"),
    path("sesiones/<uuid:public_id>/orden-del-dia/<uuid:item_id>/mover/", agenda.item_move, name="item_move"),
    path(
        "sesiones/<uuid:public_id>/orden-del-dia/<uuid:item_id>/quitar/",
        agenda.item_remove,
        name="item_remove",
    ),
    path("sesiones/<uuid:public_id>/plazos/", proposals.cut_offs, name="cut_offs"),
    path("sesiones/<uuid:public_id>/propuestas/", proposals.proposals, name="proposals"),
    path(
        "sesiones/<uuid:public_id>/propuestas/<uuid:proposal_id>/",
        proposals.proposal_answer,
        name="proposal_answer",
    ),
    path(
        "sesiones/<uuid:public_id>/propuestas/<uuid:proposal_id>/retirar/",
        proposals.proposal_withdraw,
        name="proposal_withdraw",
    ),
    path(
        "sesiones/<uuid:public_id>/propuestas/<uuid:proposal_id>/retomar/",
        proposals.proposal_take_up,
        name="proposal_take_up",
    ),
    path("sesiones/<uuid:public_id>/documentos/", papers.papers, name="papers"),
    path("sesiones/<uuid:public_id>/documentos/nuevo/", papers.paper_new, name="paper_new"),
    path("sesiones/<uuid:public_id>/documentos/<uuid:paper_id>/", papers.paper_edit, name="paper_edit"),
    path(
        "sesiones/<uuid:public_id>/documentos/<uuid:paper_id>/version/",
        papers.paper_version,
        name="paper_version",
    ),
    path(
        "sesiones/<uuid:public_id>/documentos/<uuid:paper_id>/retirar/",
        papers.paper_withdraw,
        name="paper_withdraw",
    ),
    path(
        "sesiones/<uuid:public_id>/documentos/texto/<uuid:version_id>/descargar/",
        papers.paper_take,
        name="paper_take",
    ),
    path(
        "sesiones/<uuid:public_id>/documentos/texto/<uuid:version_id>/",
        papers.paper_file,
        name="paper_file",
    ),
    path("sesiones/<uuid:public_id>/resultados/", record.outcomes, name="outcomes"),
    path("sesiones/<uuid:public_id>/resultados/deshacer/", record.outcome_restore, name="outcome_restore"),
    path("sesiones/<uuid:public_id>/resultados/<uuid:outcome_id>/", record.outcome_edit, name="outcome_edit"),
    path(
        "sesiones/<uuid:public_id>/resultados/<uuid:outcome_id>/quitar/",
        record.outcome_remove,
        name="outcome_remove",
    ),
    path("sesiones/<uuid:public_id>/siguiente/", following.follow_on, name="next"),
    path("sesiones/<uuid:public_id>/cerrar/", record.close, name="close"),
    path("sesiones/<uuid:public_id>/tareas/<slug:kind>/hecha/", follow_up.task_done, name="task_done"),
    path("sesiones/<uuid:public_id>/tareas/<slug:kind>/deshacer/", follow_up.task_undo, name="task_undo"),
    path("calendario/mesas/<slug:slug>.ics", feeds.mesa, name="feed_mesa"),
    path("calendario/provincias/<slug:code>.ics", feeds.province, name="feed_province"),
    path("calendario/<str:token>.ics", feeds.personal, name="feed"),
    path("calendario/direccion/", feeds.open_feed, name="feed_open"),
    path("calendario/direccion/<uuid:public_id>/cambiar/", feeds.renew, name="feed_renew"),
    path("calendario/direccion/<uuid:public_id>/anular/", feeds.revoke, name="feed_revoke"),
]
