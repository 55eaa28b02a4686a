"""The states of a message move only along the design's arrows (docs/reliability.md)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION notification_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state THEN
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) IN (
    ('planned', 'claimed'), ('claimed', 'planned'), ('claimed', 'sending'),
    ('sending', 'sent'), ('sending', 'failed'), ('sending', 'unknown'), ('sending', 'planned'),
    ('unknown', 'planned'), ('unknown', 'sent'), ('unknown', 'failed'), ('unknown', 'expired'),
    ('planned', 'superseded'), ('claimed', 'superseded'),
    ('planned', 'expired'), ('claimed', 'expired'),
    ('superseded', 'planned'),
    ('sent', 'failed'),
    ('planned', 'held'), ('held', 'planned'), ('held', 'superseded'), ('held', 'expired')
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a message cannot move from % to %', OLD.state, NEW.state;
END $$;
CREATE TRIGGER notification_moves BEFORE UPDATE OF state ON notifications_notification
  FOR EACH ROW EXECUTE FUNCTION notification_moves();
"""
BACKWARD = """
DROP TRIGGER notification_moves ON notifications_notification;
DROP FUNCTION notification_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
