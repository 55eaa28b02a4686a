"""What the letters about settling a commitment say in the gallery, in words of their own in each language."""

from typing import Any

SAID: dict[str, dict[str, Any]] = {
    "es": {
        "their_version": "Las 40 plazas están en servicio: el acta llegó firmada el 3 de marzo.",
        "decided_by": "Universidad del Páramo", "resolution": "upheld",
        "resolution_text": "La mesa revisó el acta: faltan diez plazas.", "second": "Cámara de Comercio de Huaquillas",
        "finding": "Pasaron cuarenta días desde el plazo y ningún informe llegó.", "confirmed": False,
        "asked_why": "El invierno retrasó la obra dos semanas.",
        "refusal": "La mesa acordó mantener la fecha: la obra no depende del clima.",
        "changes": [{"label": "Compromiso", "old": "Habilitar 40 plazas", "new": "Habilitar 35 plazas"}], "slip": False, "acts": True, "accepts": True, "asks": True, "indicator": "",
        "said": "Con eso basta para verificarlo.",
        "lacks": ["Medio de verificación: acta de entrega y recepción", "Evidencia que se pueda abrir y que diga su fecha"],
    },
    "en": {
        "their_version": "The 40 places are in use: the signed record arrived on 3 March.",
        "decided_by": "University of the Páramo", "resolution": "upheld",
        "resolution_text": "The mesa looked at the record: ten places are missing.", "second": "Huaquillas Chamber of Commerce",
        "finding": "Forty days have passed since the due date and no report has come.", "confirmed": False,
        "asked_why": "The rains delayed the works by two weeks.",
        "refusal": "The mesa agreed to keep the date: the works do not depend on the weather.",
        "changes": [{"label": "Commitment", "old": "Open 40 places", "new": "Open 35 places"}], "slip": False, "acts": True, "accepts": True, "asks": True, "indicator": "",
        "said": "That is enough to verify it.",
        "lacks": ["Means of verification: signed record of delivery", "Evidence that can be opened and says its date"],
    },
}  # fmt: skip
