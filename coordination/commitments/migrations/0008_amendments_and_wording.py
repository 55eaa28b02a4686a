"""What changes of what was agreed gets a table of its own; what was accepted belongs to the text that it was said of.

Old and new words stood in the payload of activities, which nothing changes: they are copied from there, once.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

COPIED = """
INSERT INTO commitments_amendment
  (commitment_id, indicator_id, session_id, is_slip, reason, was, now, organization_id, person_id, amended_at)
SELECT told.subject_id, measured.id, held.id, told.kind = 'commitment.amended' AND told.payload->>'session' IS NULL,
  told.payload->>'reason', COALESCE(told.payload->'was', '{}'), COALESCE(told.payload->'now', '{}'),
  side.id, someone.id, told.occurred_at
FROM activity_activity told
JOIN commitments_commitment promised ON promised.id = told.subject_id
LEFT JOIN commitments_indicator measured ON measured.id = (told.payload->>'indicator')::bigint
LEFT JOIN mesa_sessions_session held ON held.id = (told.payload->>'session')::bigint
LEFT JOIN organizations_organization side ON side.id = told.actor_organization_id
LEFT JOIN organizations_person someone ON someone.id = told.actor_person_id
WHERE told.subject_type = 'commitment' AND told.kind IN ('commitment.amended', 'commitment.indicator_changed')
  AND COALESCE(told.payload->>'reason', '') <> ''
ORDER BY told.id;

UPDATE commitments_commitment promised SET amended_at = changed.at
FROM (
  SELECT commitment_id, max(at) AS at FROM (
    SELECT commitment_id, amended_at AS at FROM commitments_amendment WHERE session_id IS NOT NULL
    UNION ALL
    SELECT commitment_id, extended_at FROM commitments_extension WHERE new_target IS NOT NULL
  ) moved GROUP BY commitment_id
) changed WHERE changed.commitment_id = promised.id;

UPDATE commitments_acknowledgement received SET superseded_at = promised.amended_at
FROM commitments_commitment promised
WHERE promised.id = received.commitment_id AND received.acknowledged_at < promised.amended_at
  AND (received.accepted_at IS NULL OR received.accepted_at < promised.amended_at)
  AND (received.objected_at IS NULL OR received.objected_at < promised.amended_at);

UPDATE commitments_indicator measured SET original_target = COALESCE(first.target, measured.target)
FROM commitments_commitment promised, commitments_indicator same
LEFT JOIN LATERAL (
  SELECT target FROM (
    SELECT old_target AS target, extended_at AS at FROM commitments_extension WHERE indicator_id = same.id
    UNION ALL
    SELECT (was->>'target')::numeric, amended_at FROM commitments_amendment
      WHERE indicator_id = same.id AND was ? 'target'
  ) moved WHERE target IS NOT NULL ORDER BY at LIMIT 1
) first ON true
WHERE promised.id = measured.commitment_id AND same.id = measured.id
  AND promised.agreed_at IS NOT NULL AND promised.provenance = 'live';
"""

# Who erases a person empties the column that names them; nothing else of a row changes.
KEPT = """
CREATE FUNCTION amendment_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'person_id' IS DISTINCT FROM to_jsonb(OLD) - 'person_id' THEN
    RAISE EXCEPTION 'what was changed stays as it was written' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER amendment_is_kept BEFORE UPDATE OR DELETE ON commitments_amendment
  FOR EACH ROW EXECUTE FUNCTION amendment_is_kept();
"""
NOT_KEPT = """
DROP TRIGGER amendment_is_kept ON commitments_amendment;
DROP FUNCTION amendment_is_kept();
"""

# The figures of what was agreed move where an amendment or an extension says so first, whoever writes.
PROMISED = """
CREATE FUNCTION indicator_keeps_its_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told jsonb;
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM commitments_commitment promised
    WHERE promised.id = OLD.commitment_id AND promised.provenance = 'live' AND promised.agreed_at IS NOT NULL
  ) THEN
    RETURN NEW;
  END IF;
  SELECT COALESCE(
    (SELECT now FROM commitments_amendment WHERE indicator_id = OLD.id ORDER BY id DESC LIMIT 1), '{}'
  ) INTO told;
  IF (OLD.baseline IS NOT NULL AND NEW.baseline IS DISTINCT FROM OLD.baseline
      AND NOT (told ? 'baseline' AND (told->>'baseline')::numeric IS NOT DISTINCT FROM NEW.baseline))
    OR (OLD.target IS NOT NULL AND NEW.formula <> OLD.formula AND told->>'formula' IS DISTINCT FROM NEW.formula)
    OR (OLD.target IS NOT NULL AND NEW.target IS DISTINCT FROM OLD.target
      AND NOT (told ? 'target' AND (told->>'target')::numeric IS NOT DISTINCT FROM NEW.target)
      AND NOT EXISTS (
        SELECT 1 FROM commitments_extension
        WHERE indicator_id = OLD.id AND old_target = OLD.target AND new_target = NEW.target
      ))
  THEN
    RAISE EXCEPTION 'what was agreed moves by an amendment' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER indicator_keeps_its_promise BEFORE UPDATE OF baseline, target, formula ON commitments_indicator
  FOR EACH ROW EXECUTE FUNCTION indicator_keeps_its_promise();
"""
NOT_PROMISED = """
DROP TRIGGER indicator_keeps_its_promise ON commitments_indicator;
DROP FUNCTION indicator_keeps_its_promise();
"""
NOW = "SET CONSTRAINTS ALL IMMEDIATE"


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0002_append_only"),
        ("commitments", "0007_evidence_of_old_reports"),
        ("mesa_sessions", "0001_initial"),
        ("organizations", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            "commitment", "amended_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "indicator",
            "original_target",
            models.DecimalField(
                _("original target"), blank=True, decimal_places=2, editable=False, max_digits=16, null=True
            ),
        ),
        migrations.AddField(
            "acknowledgement", "superseded_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.RemoveConstraint("acknowledgement", "acknowledgement_once"),
        migrations.AddConstraint(
            "acknowledgement",
            models.UniqueConstraint(
                condition=Q(superseded_at=None),
                fields=["commitment", "organization"],
                name="acknowledgement_once",
            ),
        ),
        migrations.CreateModel(
            "Amendment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_slip", models.BooleanField(default=False)),
                ("reason", models.TextField(_("reason"), max_length=1000)),
                ("was", models.JSONField(default=dict)),
                ("now", models.JSONField(default=dict)),
                ("amended_at", models.DateTimeField()),
                ("commitment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="amendments", to="commitments.commitment")),
                ("indicator", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="amendments", to="commitments.indicator")),
                ("organization", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organizations.organization")),
                ("person", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="organizations.person")),
                ("session", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mesa_sessions.session")),
            ],
            options={
                "verbose_name": _("change of what was agreed"),
                "verbose_name_plural": _("changes of what was agreed"),
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(reason=""), name="amendment_says_why"),
                    models.CheckConstraint(
                        condition=Q(session=None) | Q(is_slip=False), name="amendment_slip_needs_no_session"
                    ),
                ],
            },
        ),
        migrations.RunSQL(COPIED, migrations.RunSQL.noop),
        # The new rows leave deferred checks behind, which CREATE TRIGGER does not wait for.
        migrations.RunSQL(NOW, NOW),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(PROMISED, NOT_PROMISED),
    ]  # fmt: skip
