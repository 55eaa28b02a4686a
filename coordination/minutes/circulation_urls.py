"""Minutes that go round: by the link of the letter, by account, and the secretariat's pages."""

from django.urls import path

from coordination.minutes.views import by_link, circulation, observations, signing

BY_LINK, BY_ACCOUNT = "m/<str:token>/", "actas/copia/<uuid:public_id>/"
ACTA = "sesiones/<uuid:public_id>/acta/"
urlpatterns = [
    path(BY_LINK, by_link.copy, name="copy"),
    path(f"{BY_LINK}observar/", by_link.observe, name="observe"),
    path(f"{BY_LINK}retirar/<uuid:observation_id>/", by_link.withdraw, name="observation_withdraw"),
    path(f"{BY_LINK}de-acuerdo/", by_link.agree, name="agree"),
    path(f"{BY_LINK}visto/", by_link.seen, name="copy_seen"),
    path(f"{BY_LINK}nuevo-enlace/", by_link.renew, name="copy_renew"),
    path(f"{BY_LINK}firmar/", signing.sign, name="sign"),
    path(BY_ACCOUNT, by_link.own_copy, name="own_copy"),
    path(f"{BY_ACCOUNT}observar/", by_link.own_observe, name="own_observe"),
    path(
        f"{BY_ACCOUNT}retirar/<uuid:observation_id>/", by_link.own_withdraw, name="own_observation_withdraw"
    ),
    path(f"{BY_ACCOUNT}de-acuerdo/", by_link.own_agree, name="own_agree"),
    path(f"{BY_ACCOUNT}firmar/", signing.own_sign, name="own_sign"),
    path(f"{ACTA}circular/", circulation.circulate, name="circulate"),
    path(f"{ACTA}circulacion/", circulation.circulation, name="circulation"),
    path(f"{ACTA}circulacion/plazo/", circulation.term, name="circulation_term"),
    path(f"{ACTA}circulacion/<uuid:copy_id>/reenviar/", circulation.resend, name="copy_resend"),
    path(f"{ACTA}observaciones/", observations.answers, name="answers"),
    path(f"{ACTA}observaciones/<uuid:observation_id>/", observations.answer, name="answer"),
]
