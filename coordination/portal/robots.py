"""What search engines and other robots are asked to leave alone. It asks: doors are kept by ``visible_to`` and by limits."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Below each language. Links in letters: whoever holds one acts by it.
LINKS = ("c", "e", "f", "i", "m", "n", "p", "s", "v")
NOT_FOR_ROBOTS = (
    *(f"{link}/" for link in LINKS),
    "administracion/",
    "aqui/",
    "buscar/",
    "calendario/direccion/",
    "compromisos/excel/",
    "compromisos/exportar/",
    "compromisos/hoja-de-ruta/archivo/",
    *(f"compromisos/informe/{kind}/" for kind in ("docx", "filas", "json", "pdf", "xlsx")),
    # Every filter is an address, and filters have no end; the lists themselves are open.
    "compromisos/?*",
    "compromisos/hoja-de-ruta/?*",
    "compromisos/informe/?*",
    "cuenta/",
    "mi-organizacion/",
    "mi-trabajo/",
    "organizaciones/unirse/",
    "preferencias/",
    "ronda/",
    "verificar/",
)


@login_not_required
@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309. What is not named may be read."""
    closed = [f"Disallow: /{code}/{path}" for code, _name in settings.LANGUAGES for path in NOT_FOR_ROBOTS]
    rows = ["User-agent: *", *closed, "Disallow: /webhooks/", "Disallow: /healthz/", ""]
    return HttpResponse("\n".join(rows), content_type="text/plain; charset=utf-8")
