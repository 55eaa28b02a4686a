"""Processor time and queries of the main pages, beside a bare Django table of 50 rows in the same run.

    ./minga manage shell < benchmarks/pages.py

Compare by ratio inside one run, never by the figures of two days: the budget is 3 times the bare table.
"""

import time

from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.sessions.models import Session
from coordination.taxonomies.models import Canton

ROUNDS = 20
TABLE = engines["django"].from_string(
    "<table>{% for c in rows %}<tr><td>{{ c.id }}</td><td>{{ c.code }}</td><td>{{ c.name }}</td><td>{{ c.province_id }}</td>"
    "<td>{{ c.name }}</td><td>{{ c.code }}</td><td>{{ c.pk }}</td></tr>{% endfor %}</table>"
)


def cost(work) -> float:
    """Milliseconds of processor time, the best of three means."""
    work()
    means = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(ROUNDS // 3 or 1):
            work()
        means.append((time.process_time() - start) / (ROUNDS // 3 or 1) * 1000)
    return min(means)


def bare() -> None:
    TABLE.render({"rows": list(Canton.objects.all()[:50])})


anonymous, rosa = Client(), Client()
rosa.force_login(
    User.objects.filter(email__startswith="rosa").first() or User.objects.filter(is_superuser=True).first()
)
session = Session.objects.live().filter(state="convened").order_by("starts_at").last()
pages = [
    (anonymous, "/es/"),
    (anonymous, "/es/mesas/"),
    (anonymous, "/es/sesiones/?when=past"),
    (anonymous, "/es/compromisos/"),
    (anonymous, "/es/organizaciones/"),
    (anonymous, f"/es/sesiones/{session.public_id}/"),
    (rosa, "/es/mi-trabajo/"),
    (rosa, f"/es/sesiones/{session.public_id}/"),
    (rosa, f"/es/sesiones/{session.public_id}/delegaciones/"),
]
base = cost(bare)
print(f"{'bare table, 50 rows':60} {base:7.1f} ms")
for client, url in pages:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, headers={"host": "localhost"})
    asked = len(queries)
    milliseconds = cost(lambda client=client, url=url: client.get(url, headers={"host": "localhost"}))
    print(
        f"{url:60} {milliseconds:7.1f} ms {milliseconds / base:5.1f} x {asked:3} queries {answer.status_code}"
    )
