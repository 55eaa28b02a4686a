#!/bin/sh
# Run once by the database image: the same two roles as the embedded PostgreSQL (launcher/postgres.py).
set -eu
psql --set=ON_ERROR_STOP=1 --username postgres --dbname minga \
  --set=owner="$MINGA_OWNER_PASSWORD" --set=app="$MINGA_APP_PASSWORD" <<'SQL'
CREATE ROLE minga_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE minga_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app';
ALTER DATABASE minga OWNER TO minga_owner;
REVOKE ALL ON DATABASE minga FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE minga TO minga_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO minga_app;
GRANT USAGE, CREATE ON SCHEMA public TO minga_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE minga_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO minga_app;
ALTER DEFAULT PRIVILEGES FOR ROLE minga_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO minga_app;
SQL
