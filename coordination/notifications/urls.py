"""Routes of messages: what was written to whom, and how each person wants it."""

from django.urls import path

from coordination.notifications.views import (
    gallery,
    hold,
    inbox,
    ladder,
    ladder_letter,
    messages,
    preferences,
)

app_name = "notifications"

urlpatterns = [
    path("mensajes/", messages.message_list, name="messages"),
    path("mensajes/cartas/", gallery.gallery, name="gallery"),
    path("mensajes/cartas/<slug:kind>/<slug:language>/", gallery.letter, name="gallery_letter"),
    path("mensajes/<uuid:public_id>/", messages.message, name="message"),
    path("mensajes/<uuid:public_id>/carta/", messages.letter, name="letter"),
    path("mensajes/<uuid:public_id>/reenviar/", messages.resend, name="resend"),
    path("mensajes/<uuid:public_id>/retener/", messages.keep_back, name="keep_back"),
    path("mensajes/<uuid:public_id>/soltar/", messages.let_go, name="let_go"),
    path("mensajes/retencion/", hold.hold, name="hold"),
    path("mensajes/retencion/soltar/", hold.release, name="release"),
    path("mesas/<slug:slug>/recordatorios/", ladder.ladder, name="ladder"),
    path("compromisos/<uuid:public_id>/carta.pdf", ladder_letter.ladder_letter, name="ladder_letter"),
    path("avisos/", inbox.inbox, name="inbox"),
    path("avisos/leidos/", inbox.read_all, name="inbox_read_all"),
    path("avisos/<uuid:public_id>/leido/", inbox.read, name="inbox_read"),
    path("mi-cuenta/avisos/", preferences.signed_in, name="my_preferences"),
    path("preferencias/<str:token>/", preferences.by_link, name="preferences"),
    path("preferencias/<str:token>/nuevo-enlace/", preferences.renew, name="preferences_renew"),
    path("preferencias/<str:token>/cerrar/", preferences.revoke, name="preferences_revoke"),
    path("preferencias/<str:token>/<slug:kind>/", preferences.unsubscribe, name="unsubscribe"),
]
