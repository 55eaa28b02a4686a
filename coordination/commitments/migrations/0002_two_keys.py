"""The second key cannot be turned by the first one's side, whoever writes the row.

A check constraint sees one table only; parents, children and co-responsible organizations live in others.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION commitment_two_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    WITH answering AS (
      SELECT responsible_id AS id FROM commitments_commitment WHERE id = NEW.commitment_id
      UNION SELECT organization_id FROM commitments_commitment_co_responsible WHERE commitment_id = NEW.commitment_id
      UNION SELECT organization_id FROM commitments_report WHERE id = NEW.report_id
    )
    SELECT 1 FROM answering
    JOIN organizations_organization answers ON answers.id = answering.id
    JOIN organizations_organization verifies ON verifies.id = NEW.organization_id
    WHERE answers.id = verifies.id OR answers.parent_id = verifies.id OR verifies.parent_id = answers.id
  ) THEN
    RAISE EXCEPTION 'an organization cannot verify its own commitment' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commitment_two_keys BEFORE INSERT OR UPDATE ON commitments_verification
  FOR EACH ROW EXECUTE FUNCTION commitment_two_keys();
"""
BACKWARD = """
DROP TRIGGER commitment_two_keys ON commitments_verification;
DROP FUNCTION commitment_two_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("commitments", "0001_initial"), ("organizations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
