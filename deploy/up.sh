#!/bin/sh
# Starts what docker-compose.yml describes; the first time, it makes the secrets. Options of `docker compose`
# may follow: deploy/up.sh --profile phoenix
set -eu
cd "$(dirname "$0")/.."
deploy/secrets.sh
password=$(sed -n 's/^LANGFUSE_USER_PASSWORD=//p' .env)
echo "Once all is healthy: http://localhost:${LANGFUSE_PORT:-3000}, as ${LANGFUSE_USER_EMAIL:-demo@example.com} with $password"
exec docker compose "$@" up --build
