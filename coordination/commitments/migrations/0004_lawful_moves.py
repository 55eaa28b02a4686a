"""What a page cannot be trusted with alone: the steps of a commitment, its two keys, and that nothing goes away.

``tests/commitments/test_states.py`` compares the moves below with ``coordination.commitments.states.STEPS``.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

MOVES = """
CREATE FUNCTION commitment_state_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) NOT IN (
    ('proposed', 'agreed'), ('proposed', 'withdrawn'),
    ('agreed', 'in_progress'), ('agreed', 'reported'), ('agreed', 'not_met'), ('agreed', 'withdrawn'),
    ('in_progress', 'reported'), ('in_progress', 'disputed'), ('in_progress', 'not_met'),
    ('in_progress', 'withdrawn'),
    ('reported', 'in_progress'), ('reported', 'met'), ('reported', 'partly_met'), ('reported', 'withdrawn'),
    ('partly_met', 'disputed'), ('not_met', 'disputed'),
    ('disputed', 'met'), ('disputed', 'partly_met'), ('disputed', 'not_met'), ('disputed', 'in_progress'),
    ('disputed', 'withdrawn')
  ) THEN
    RAISE EXCEPTION 'a commitment does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commitment_state_moves BEFORE UPDATE OF state, provenance ON commitments_commitment FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.provenance = 'live' OR NEW.provenance = 'live'))
  EXECUTE FUNCTION commitment_state_moves();
"""
NO_MOVES = """
DROP TRIGGER commitment_state_moves ON commitments_commitment;
DROP FUNCTION commitment_state_moves();
"""

# One question for the three triggers: do these two share a side?
KEYS = """
CREATE FUNCTION commitment_same_side(one bigint, other bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM organizations_organization a, organizations_organization b
    WHERE a.id = one AND b.id = other AND (a.id = b.id OR a.parent_id = b.id OR b.parent_id = a.id)
  )
$$;
CREATE FUNCTION commitment_keeps_two_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF commitment_same_side(NEW.verifier_id, NEW.responsible_id) OR EXISTS (
    SELECT 1 FROM commitments_commitment_co_responsible helps
    WHERE helps.commitment_id = NEW.id AND commitment_same_side(NEW.verifier_id, helps.organization_id)
  ) THEN
    RAISE EXCEPTION 'an organization cannot verify its own commitment' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commitment_keeps_two_keys_new BEFORE INSERT ON commitments_commitment FOR EACH ROW
  WHEN (NEW.provenance = 'live' AND NEW.verifier_id IS NOT NULL)
  EXECUTE FUNCTION commitment_keeps_two_keys();
CREATE TRIGGER commitment_keeps_two_keys BEFORE UPDATE ON commitments_commitment FOR EACH ROW
  WHEN (NEW.provenance = 'live' AND NEW.verifier_id IS NOT NULL AND (
    NEW.verifier_id IS DISTINCT FROM OLD.verifier_id OR NEW.responsible_id IS DISTINCT FROM OLD.responsible_id))
  EXECUTE FUNCTION commitment_keeps_two_keys();
CREATE FUNCTION commitment_helper_is_no_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM commitments_commitment promised
    WHERE promised.id = NEW.commitment_id AND promised.provenance = 'live'
      AND commitment_same_side(promised.verifier_id, NEW.organization_id)
  ) THEN
    RAISE EXCEPTION 'an organization cannot verify its own commitment' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commitment_helper_is_no_key BEFORE INSERT OR UPDATE ON commitments_commitment_co_responsible
  FOR EACH ROW EXECUTE FUNCTION commitment_helper_is_no_key();
CREATE FUNCTION non_fulfilment_two_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM (
      SELECT responsible_id AS id FROM commitments_commitment WHERE id = NEW.commitment_id
      UNION SELECT organization_id FROM commitments_commitment_co_responsible
        WHERE commitment_id = NEW.commitment_id
    ) answering WHERE commitment_same_side(answering.id, NEW.second_id)
  ) THEN
    RAISE EXCEPTION 'an organization cannot confirm about its own commitment' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER non_fulfilment_two_keys BEFORE INSERT OR UPDATE OF second_id, commitment_id, is_confirmed
  ON commitments_nonfulfilment FOR EACH ROW WHEN (NEW.is_confirmed IS NOT FALSE)
  EXECUTE FUNCTION non_fulfilment_two_keys();
"""
NO_KEYS = """
DROP TRIGGER non_fulfilment_two_keys ON commitments_nonfulfilment;
DROP FUNCTION non_fulfilment_two_keys();
DROP TRIGGER commitment_helper_is_no_key ON commitments_commitment_co_responsible;
DROP FUNCTION commitment_helper_is_no_key();
DROP TRIGGER commitment_keeps_two_keys ON commitments_commitment;
DROP TRIGGER commitment_keeps_two_keys_new ON commitments_commitment;
DROP FUNCTION commitment_keeps_two_keys();
DROP FUNCTION commitment_same_side(bigint, bigint);
"""

KEPT = """
CREATE FUNCTION commitment_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a commitment is withdrawn, never deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER commitment_is_kept BEFORE DELETE ON commitments_commitment FOR EACH ROW
  WHEN (OLD.provenance = 'live') EXECUTE FUNCTION commitment_is_kept();
"""
NOT_KEPT = """
DROP TRIGGER commitment_is_kept ON commitments_commitment;
DROP FUNCTION commitment_is_kept();
"""


def name_who_settled(apps: Any, editor: Any) -> None:
    """Before this column the verifier's last decision settled a commitment: that organization's word it was."""
    commitment = apps.get_model("commitments", "Commitment")
    verification = apps.get_model("commitments", "Verification")
    decided = verification.objects.filter(commitment=OuterRef("pk"), decision__in=["met", "partly_met"])
    nobody = commitment.objects.filter(
        provenance="live", state__in=["met", "partly_met", "not_met"], settled_by=None
    )
    last = decided.order_by("-verified_at", "-id").values("organization")[:1]
    nobody.update(settled_by=Coalesce(Subquery(last), F("verifier")))


class Migration(migrations.Migration):
    dependencies = [("commitments", "0003_evidence_disputes_reviews"), ("organizations", "0001_initial")]
    operations = [
        migrations.RunPython(name_who_settled, migrations.RunPython.noop),
        # The update above leaves deferred checks behind, which ALTER TABLE does not wait for.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.CheckConstraint(
                condition=Q(provenance="historic")
                | ~Q(state__in=["met", "partly_met", "not_met"])
                | Q(settled_by__isnull=False),
                name="commitment_decided_by_somebody",
            ),
        ),
        migrations.RunSQL(MOVES, NO_MOVES),
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
