#!/usr/bin/env bash
# Run once by the image of PostgreSQL, when the database is made: the role that can only read, and Grafana's login in it.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$READER_PASSWORD" <<'SQL'
create role rapport_reader nologin;
create role grafana login password :'password' in role rapport_reader;
SQL
