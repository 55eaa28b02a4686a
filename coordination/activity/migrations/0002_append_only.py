"""History cannot be rewritten: only dispatched_at may change, and nothing may be deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION activity_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
    RAISE EXCEPTION 'activity is append-only';
  END IF;
  IF to_jsonb(NEW) - 'dispatched_at' IS DISTINCT FROM to_jsonb(OLD) - 'dispatched_at' THEN
    RAISE EXCEPTION 'activity is append-only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON activity_activity
  FOR EACH ROW EXECUTE FUNCTION activity_append_only();
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON activity_activity
  FOR EACH STATEMENT EXECUTE FUNCTION activity_append_only();
"""
BACKWARD = """
DROP TRIGGER activity_no_truncate ON activity_activity;
DROP TRIGGER activity_append_only ON activity_activity;
DROP FUNCTION activity_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
