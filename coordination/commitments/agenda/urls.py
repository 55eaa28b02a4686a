"""What a session reviews, what is asked of its agenda, what goes between mesas. Included by ``urls``."""

from django.urls import path

from coordination.commitments.agenda.views import raising, referring, reviewing

urlpatterns = [
    path("sesiones/<uuid:public_id>/compromisos/", reviewing.review, name="review"),
    path("sesiones/<uuid:public_id>/compromisos/hoja/", reviewing.paper, name="review_paper"),
    path(
        "sesiones/<uuid:public_id>/compromisos/<uuid:commitment_id>/revisado/",
        reviewing.tick,
        name="review_tick",
    ),
    path("compromisos/<uuid:public_id>/pedir-que-se-trate/", raising.ask, name="ask_agenda"),
    path("pedidos/<uuid:request_id>/retirar/", raising.take_back, name="take_back_agenda"),
    path("c/<str:token>/pedir-que-se-trate/", raising.ask_by_link, name="ask_agenda_by_link"),
    path("c/<str:token>/retirar-pedido/", raising.take_back_by_link, name="take_back_agenda_by_link"),
    path("mesas/<slug:slug>/asuntos/", referring.sent_and_received, name="referrals"),
    path("mesas/<slug:slug>/asuntos/nuevo/", referring.refer, name="refer"),
    path("asuntos/<uuid:public_id>/", referring.detail, name="referral"),
    path("asuntos/<uuid:public_id>/recibir/", referring.receive, name="referral_receive"),
    path("asuntos/<uuid:public_id>/agendar/", referring.schedule, name="referral_schedule"),
    path("asuntos/<uuid:public_id>/responder/", referring.answer, name="referral_answer"),
    path("asuntos/<uuid:public_id>/retirar/", referring.withdraw, name="referral_withdraw"),
]
