"""The follow-up matrix as a workbook, a row of it as a form, and the workbook that comes back."""

from django.urls import path

from coordination.commitments.views import matrix, matrix_back, matrix_rows

urlpatterns = [
    path("compromisos/exportar/excel/", matrix.export_xlsx, name="export_xlsx"),
    path("compromisos/excel/", matrix_back.sheet, name="sheet"),
    path("compromisos/excel/<uuid:public_id>/", matrix_back.preview, name="sheet_preview"),
    path("compromisos/<uuid:public_id>/fila/", matrix_rows.row, name="row"),
]
