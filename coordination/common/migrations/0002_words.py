"""Words as people look for them: every sign between words is a space, so that «salud/educación» is two."""

from django.db import migrations

SIGNS = "!#$%&()*+,-./:;<=>?@[]^_`{|}~\"\\''¡¿«»“”„‘’´¨·•…–—\t\n\r\N{NO-BREAK SPACE}"

# What an index is made of calls nothing but PostgreSQL's own: a restore makes it with an empty search_path.
WORDS = f"""
CREATE OR REPLACE FUNCTION palabras(value text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig, translate(value, '{SIGNS}', repeat(' ', {len(SIGNS) - 1})))
$$;
"""

# 'alojam':* & 'temp':*, of at most 200 characters. Quoted, so that nothing in a word is read as an operator.
LOOKED_FOR = f"""
CREATE OR REPLACE FUNCTION busca(value text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT to_tsquery('simple'::regconfig, replace(regexp_replace(btrim(regexp_replace(
    translate(sin_tildes(normalize(left(value, 200))), '{SIGNS}', repeat(' ', {len(SIGNS) - 1})),
    ' +', ' ', 'g')), '[^ ]+', '''\\&'':*', 'g'), ' ', ' & '))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0001_sin_tildes")]

    operations = [
        migrations.RunSQL(WORDS, "DROP FUNCTION IF EXISTS palabras(text);"),
        migrations.RunSQL(LOOKED_FOR, "DROP FUNCTION IF EXISTS busca(text);"),
    ]
