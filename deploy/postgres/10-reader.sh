#!/usr/bin/env bash
# The image of PostgreSQL runs this once, for a new database. It creates the role that can only read, and Grafana's login.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$READER_PASSWORD" <<'SQL'
create role rapport_reader nologin;
create role grafana login password :'password' in role rapport_reader;
SQL
