"""The pages of lists with a country's ten years in the database, beside the same pages of the demo world.

    DJANGO_SETTINGS_MODULE=coordination.settings.test python benchmarks/country.py [share]

Copies the database of DATABASE_URL (the demo world, with nobody connected to it), fills the copy by bulk SQL with 20,000
sessions, 2 million attendances and 200,000 commitments (or that share of them), prints for each page processor time,
time in the database and queries, and drops the copy. ``slow`` marks what takes more than twice its demo time in all.
"""
# ruff: noqa: S608  tables and columns are named here or by the database itself

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from coordination.commitments.models import Commitment  # noqa: E402
from coordination.sessions.models import Session  # noqa: E402

MESAS = 200
SESSIONS, EACH_ATTENDANCES, EACH_COMMITMENTS = 20_000, 100, 10
ROUNDS = 5

# Each new row is a row of the demo world but for these columns; `n` counts them.
NEW_MESAS = {"public_id": "gen_random_uuid()", "slug": "'country-' || n"}
NEW_SESSIONS = {
    "public_id": "gen_random_uuid()",
    # One in ten is of the mesa whose secretariat looks at the pages.
    "mesa_id": "CASE WHEN n % 10 = 0 THEN base.mesa_id ELSE base.mesas[1 + n % 200] END",
    "number": "500 + n / 8",
    "starts_at": "now() + make_interval(days => 60, hours => -n::int * 4)",
    "ends_at": "now() + make_interval(days => 60, hours => 3 - n::int * 4)",
    "state": "CASE WHEN n < 360 THEN 'convened' ELSE 'held' END",
    "follow_up_planned_at": "CASE WHEN n < 360 THEN NULL ELSE now() END",
    "closed_at": "CASE WHEN n < 360 THEN NULL ELSE now() END",
    "is_casa_adentro": "n % 20 = 0",
    "source_id": "NULL",
    "series_id": "NULL",
}
NEW_BLOCKS = {"session_id": "base.session", "starts_at": "base.starts", "ends_at": "base.ends"}
NEW_COMMITMENTS = {
    "public_id": "gen_random_uuid()",
    "number": "1000 + n",
    "session_id": "base.session",
    "mesa_id": "base.mesa",
    "outcome_id": "NULL",
    "source_id": "NULL",
    "is_casa_adentro": "base.closed",
    "due_on": "(base.starts + interval '60 days')::date",
    "state": "CASE n % 8 WHEN 0 THEN 'agreed' WHEN 1 THEN 'reported' WHEN 2 THEN 'not_met' ELSE 'met' END",
    "settled_at": "CASE WHEN n % 8 < 2 THEN NULL ELSE now() END",
    "settled_by_id": "CASE WHEN n % 8 < 2 THEN NULL ELSE base.orgs[41 + n % 40] END",
    "responsible_id": "base.orgs[1 + n % 40]",
    "verifier_id": "base.orgs[41 + n % 40]",
}
ROW = """(SELECT row.*, s.id AS session, s.mesa_id AS mesa, s.starts_at AS starts, s.ends_at AS ends,
    s.is_casa_adentro AS closed, orgs.ids AS orgs FROM ({row}) row, mesa_sessions_session s,
    (SELECT array_agg(id) AS ids FROM organizations_organization WHERE state = 'active') orgs WHERE s.number >= 500)"""


def copied(table: str, new: dict[str, str], rows: str) -> None:
    """INSERT of what ``rows`` selects as ``base``, ``new`` columns worked out from it and its number ``n``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
            " AND column_name <> 'id'",
            [table],
        )
        names = [name for (name,) in cursor.fetchall()]
        values = ", ".join(new.get(name, f'base."{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT *, row_number() OVER () AS n FROM {rows} r) base"
        )
        print(f"  {cursor.rowcount:9,} {table}", flush=True)


def fill(share: float) -> None:
    many = int(SESSIONS * share)
    live = "SELECT * FROM mesa_sessions_session WHERE provenance = 'live' AND state = 'convened' ORDER BY id LIMIT 1"
    mesa = f"SELECT m.* FROM mesas_mesa m JOIN ({live}) s ON s.mesa_id = m.id"
    copied("mesas_mesa", NEW_MESAS, f"(SELECT m.* FROM ({mesa}) m, generate_series(1, {MESAS}))")
    mesas = "SELECT array_agg(id) AS mesas FROM mesas_mesa WHERE starts_with(slug, 'country-')"
    copied(
        "mesa_sessions_session",
        NEW_SESSIONS,
        f"(SELECT row.*, m.mesas FROM ({live}) row, ({mesas}) m, generate_series(1, {many}))",
    )
    block = "SELECT * FROM mesa_sessions_block ORDER BY id LIMIT 1"
    copied("mesa_sessions_block", NEW_BLOCKS, ROW.format(row=block))
    promise = "SELECT * FROM commitments_commitment WHERE provenance = 'live' AND state = 'agreed' ORDER BY id LIMIT 1"
    repeated = f"SELECT one.* FROM ({promise}) one, generate_series(1, {EACH_COMMITMENTS})"
    copied("commitments_commitment", NEW_COMMITMENTS, ROW.format(row=repeated))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO attendees_attendance (block_id, organization_id, name, status, is_walk_in, source, rank, client_id, recorded_at)"
            " SELECT b.id, orgs.ids[1 + g % array_length(orgs.ids, 1)], '', 'present', false, 'register', '',"
            " gen_random_uuid(), b.ends_at"
            " FROM mesa_sessions_block b JOIN mesa_sessions_session s ON s.id = b.session_id AND s.number >= 500,"
            " (SELECT array_agg(id) AS ids FROM organizations_organization WHERE state = 'active') orgs,"
            f" generate_series(1, {EACH_ATTENDANCES}) g"
        )
        print(f"  {cursor.rowcount:9,} attendees_attendance", flush=True)
        cursor.execute("ANALYZE")


@contextmanager
def a_copy() -> Iterator[None]:
    """The connection is to a copy of its database, gone afterwards."""
    demo = connection.settings_dict["NAME"]
    copy = f"{demo}_country_{os.getpid()}"
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{demo}"')
    connection.settings_dict["NAME"] = copy
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = demo
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{copy}"')


def measured() -> dict[str, tuple[float, float, int]]:
    """Of each page: milliseconds of processor time, milliseconds in the database, queries."""
    rosa = Client(headers={"host": "localhost"})
    rosa.force_login(User.objects.get(email__startswith="rosa."))
    session = Session.objects.live().filter(state="convened", number__lt=500).order_by("starts_at").last()
    assert session
    mesa = session.mesa.get_absolute_url()
    months = ["/es/calendario/", "/es/calendario/?mes=2024-05"]
    lists = [
        "/es/",
        "/es/mesas/",
        "/es/sesiones/",
        "/es/sesiones/?when=past",
        "/es/sesiones/?when=past&page=100",
        mesa,
    ]
    promise = Commitment.objects.filter(provenance="live", state="agreed").order_by("id").first()
    assert promise and promise.responsible
    own = promise.mesa.slug
    found = [
        "/es/compromisos/",
        "/es/compromisos/?light=red",
        "/es/compromisos/?page=1000",
        "/es/compromisos/?q=salud",
        "/es/compromisos/?q=alojamiento",
        f"/es/compromisos/?sort=-responsible&group=mesa&mesa={own}",
        f"/es/compromisos/?responsible={promise.responsible.slug}",
        "/es/compromisos/?only=mine",
        "/es/buscar/?q=salud",
    ]
    follow_up = [
        promise.get_absolute_url(),
        "/es/compromisos/informe/",
        f"/es/compromisos/informe/?mesa={own}",
        "/es/compromisos/hoja-de-ruta/",
        f"/es/compromisos/hoja-de-ruta/?mesa={own}",
        "/es/mi-organizacion/compromisos/",
        f"/es/organizaciones/{promise.responsible.slug}/carga/",
        f"{mesa}carga/",
    ]
    told = {}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '60s'")
    for url in [
        *lists,
        *found,
        *follow_up,
        *months,
        "/es/mi-trabajo/",
        session.get_absolute_url(),
        "/es/organizaciones/",
    ]:
        rosa.get(url)
        with CaptureQueriesContext(connection) as asked:
            answer = rosa.get(url)
            waited = sum(float(query["time"]) for query in asked.captured_queries) * 1000
            queries = len(asked)
        assert answer.status_code == 200, (url, answer.status_code)
        start = time.process_time()
        for _ in range(ROUNDS):
            rosa.get(url)
        name = url.replace(str(session.public_id), "…").replace(str(promise.public_id), "…")
        told[name] = ((time.process_time() - start) / ROUNDS * 1000, waited, queries)
    return told


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    demo = measured()
    with a_copy():
        fill(share)
        country = measured()
    print(f"{'milliseconds':50} {'demo: cpu':>10} {'db':>6} {'country: cpu':>14} {'db':>8} queries")
    for url, (cpu, waited, queries) in demo.items():
        there = country[url]
        slow = "slow" if there[0] + there[1] > 2 * (cpu + waited) else ""
        print(
            f"{url:50} {cpu:10.1f} {waited:6.1f} {there[0]:14.1f} {there[1]:8.1f} {queries:4} → {there[2]} {slow}"
        )


if __name__ == "__main__":
    main()
