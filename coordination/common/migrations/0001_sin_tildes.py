"""The SQL functions that every later generated column and trigger may use."""

from django.db import migrations

SIN_TILDES = """
CREATE OR REPLACE FUNCTION sin_tildes(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT translate(lower(value), 'áàäâãéèëêíìïîóòöôõúùüûñç', 'aaaaaeeeeiiiiooooouuuunc')
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(SIN_TILDES, "DROP FUNCTION IF EXISTS sin_tildes(text);")]
