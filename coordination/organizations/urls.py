from django.urls import path

from coordination.organizations import views

app_name = "organizations"
urlpatterns = [
    path("organizaciones/", views.organization_list, name="list"),
    path("organizaciones/unirse/", views.join, name="join"),
    path("organizaciones/unirse/revise-su-correo/", views.join_sent, name="join_sent"),
    path("organizaciones/unirse/<str:token>/", views.join_confirm, name="join_confirm"),
    path("organizaciones/<slug:slug>/editar/", views.edit, name="edit"),
]
