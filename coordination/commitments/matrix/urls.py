"""The follow-up matrix, its row as a form, and the workbook that goes out and comes back."""

from django.urls import path

from coordination.commitments.matrix.views import back, page, rows

urlpatterns = [
    path("compromisos/", page.matrix, name="list"),
    path("compromisos/exportar/", page.export, name="export"),
    path("compromisos/exportar/excel/", page.export_xlsx, name="export_xlsx"),
    path("compromisos/excel/", back.sheet, name="sheet"),
    path("compromisos/excel/<uuid:public_id>/", back.preview, name="sheet_preview"),
    path("compromisos/<uuid:public_id>/fila/", rows.row, name="row"),
]
