"""The follow-up report, its rows and its files."""

from django.urls import path

from coordination.commitments.account import views

urlpatterns = [
    path("compromisos/informe/", views.account, name="account"),
    path("compromisos/informe/filas/", views.rows, name="account_rows"),
    path("compromisos/informe/<slug:kind>/", views.file, name="account_file"),
    path("compromisos/apoyos/", views.supports, name="account_supports"),
]
