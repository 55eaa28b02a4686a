"""What is written down and agreed."""

from django.urls import path

from coordination.commitments.writing.views import agreeing, changing, keep, targets

urlpatterns = [
    path("resultados/<uuid:public_id>/compromiso/", keep.propose, name="propose"),
    path("compromisos/<uuid:public_id>/editar/", keep.edit, name="edit"),
    path("compromisos/<uuid:public_id>/cambiar/", changing.change, name="change"),
    path("compromisos/<uuid:public_id>/corregir/", changing.correct, name="correct"),
    path("compromisos/<uuid:public_id>/indicadores/acordar/", targets.add, name="indicator_agree"),
    path("indicadores/<uuid:public_id>/cambiar/", targets.change, name="indicator_change"),
    path("indicadores/<uuid:public_id>/corregir/", targets.correct, name="indicator_correct"),
    path("compromisos/<uuid:public_id>/acordar/", agreeing.agree, name="agree"),
    path(
        "compromisos/<uuid:public_id>/acordar-incompleto/", agreeing.agree_incomplete, name="agree_incomplete"
    ),
    path("compromisos/<uuid:public_id>/dia-laborable/", agreeing.working_day, name="working_day"),
    path("compromisos/semaforo/", agreeing.light_rules, name="light_rules"),
]
