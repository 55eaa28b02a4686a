"""What settles, disputes and prolongs a commitment. Included by ``urls``."""

from django.urls import path

from coordination.commitments.settling.views import extending, keys, not_met, settling

urlpatterns = [
    path("compromisos/<uuid:public_id>/verificar/", keys.verify_signed_in, name="verify_signed_in"),
    path("v/<str:token>/", keys.verify, name="verify"),
    path("v/<str:token>/nuevo-enlace/", keys.renew_verify, name="renew_verify"),
    path("compromisos/<uuid:public_id>/retirar/", settling.withdraw, name="withdraw"),
    path("compromisos/<uuid:public_id>/prorrogar/", extending.extend, name="extend"),
    path("compromisos/<uuid:public_id>/prorrogar/negar/", extending.refuse, name="refuse_time"),
    path("compromisos/<uuid:public_id>/pedir-prorroga/", extending.ask, name="ask_time"),
    path("c/<str:token>/pedir-prorroga/", extending.ask_by_link, name="ask_time_by_link"),
    path("compromisos/<uuid:public_id>/objetar/", settling.dispute, name="dispute"),
    path("c/<str:token>/objetar/", settling.dispute_by_link, name="dispute_by_link"),
    path("compromisos/<uuid:public_id>/objetar/retirar/", settling.take_back, name="take_back"),
    path("c/<str:token>/objetar/retirar/", settling.take_back_by_link, name="take_back_by_link"),
    path("compromisos/<uuid:public_id>/objecion/", settling.resolve, name="resolve"),
    path("compromisos/<uuid:public_id>/no-cumplido/", not_met.record, name="record_not_met"),
    path("compromisos/<uuid:public_id>/no-cumplido/retirar/", not_met.lift, name="lift"),
    path(
        "compromisos/<uuid:public_id>/no-cumplido/confirmar/",
        not_met.second_signed_in,
        name="second_signed_in",
    ),
    path("n/<str:token>/", not_met.second, name="second"),
]
