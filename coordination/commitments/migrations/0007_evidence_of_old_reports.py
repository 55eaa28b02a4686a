"""The address that a report kept in a column of its own becomes a piece of evidence like any other."""

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef
from django.utils import timezone

AT_ONCE = 500


def address_to_piece(apps: Any, editor: Any) -> None:
    """Public, as the link on the report was, of whoever reported and of that day. What is a piece already stays one."""
    report, evidence = (apps.get_model("commitments", name) for name in ("Report", "Evidence"))
    known = evidence.objects.filter(report=OuterRef("pk"), url=OuterRef("evidence_url"))
    rows = report.objects.exclude(evidence_url="").exclude(Exists(known)).order_by("pk")
    pieces = (
        evidence(
            commitment_id=row.commitment_id,
            report_id=row.pk,
            organization_id=row.organization_id,
            person_id=row.person_id,
            type="publication",
            title=row.evidence_url[:200],
            dated_on=timezone.localdate(row.reported_at),
            url=row.evidence_url,
            is_restricted=False,
            added_at=row.reported_at,
        )
        for row in rows.iterator(chunk_size=AT_ONCE)
    )
    evidence.objects.bulk_create(pieces, batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("commitments", "0006_review_reasons")]
    operations = [
        # Back again the pieces stay where they are: the column that returns is empty.
        migrations.RunPython(address_to_piece, migrations.RunPython.noop),
        # The new rows leave deferred checks behind, which ALTER TABLE does not wait for.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveField(model_name="report", name="evidence_url"),
    ]
