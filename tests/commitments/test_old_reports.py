"""Migration 0007: the addresses that old reports kept in a column of their own become pieces of evidence."""

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coordination.commitments.models import Evidence, Report
from tests.cast import Cast
from tests.commitments.world import agreed, report

pytestmark = pytest.mark.django_db
BEFORE = [("commitments", "0006_review_reasons")]
LONG = "https://acta.example/" + "a" * 250


def migrate(targets: list[tuple[str, str]] | None = None) -> None:
    """To these, or with everything there is; within the test's transaction, which takes it all back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())


def keep_old(made: Report, url: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commitments_report SET evidence_url = %s WHERE id = %s", [url, made.pk])


def test_an_old_address_becomes_a_piece_and_the_column_goes(cast: Cast) -> None:
    commitment = agreed(cast)
    for text in ("Con dirección", "Sin dirección", "Con dirección larga", "Ya es una pieza"):
        report(cast, commitment, text=text, done=False)
    given, without, long, piece = commitment.reports.order_by("pk")
    Evidence.objects.create(
        commitment=commitment, report=piece, organization=cast.ngo, title="Acta", url="https://acta.example/2",
        is_restricted=True, added_at=cast.now,
    )  # fmt: skip
    migrate(BEFORE)
    keep_old(given, "https://acta.example/1")
    keep_old(long, LONG)
    keep_old(piece, "https://acta.example/2")
    migrate()

    made = Evidence.objects.get(report=given)
    assert (made.url, made.title, made.type) == ("https://acta.example/1",) * 2 + ("publication",)
    assert (made.commitment, made.organization, made.person) == (commitment, cast.ngo, cast.carmen)
    assert (made.is_restricted, made.file, made.withdrawn_at) == (False, None, None)
    assert (made.added_at, made.dated_on) == (given.reported_at, date(2026, 3, 2)), "dated like its report"
    assert not without.evidence.exists()
    assert (Evidence.objects.get(report=long).title, len(LONG)) == (LONG[:200], 271)
    assert Evidence.objects.get(report=piece).title == "Acta", "what is a piece already stays one"
    assert len({row.public_id for row in Evidence.objects.all()}) == 3
    columns = [
        each.name
        for each in connection.introspection.get_table_description(connection.cursor(), "commitments_report")
    ]
    assert "evidence_url" not in columns
