from django.urls import path

from coordination.demo import views

app_name = "demo"
urlpatterns = [
    path("correo/", views.mailbox, name="outbox"),
    path("correo/<str:name>/", views.letter, name="letter"),
    path("correo/<str:name>/html/", views.letter_html, name="letter_html"),
    path("correo/<str:name>/adjuntos/<int:number>/", views.attachment, name="attachment"),
]
