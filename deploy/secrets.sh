#!/bin/sh
# Makes the secrets of docker-compose.yml, and keeps those that are there already.
#
#   deploy/secrets.sh [FILE]    FILE defaults to `.env`, which compose reads
set -eu
umask 077
file=${1:-$(dirname "$0")/../.env}
touch "$file"

hex() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
keep() { grep -q "^$1=" "$file" || printf '%s=%s\n' "$1" "$2" >>"$file"; }

keep POSTGRES_PASSWORD "$(hex 24)"
keep CLICKHOUSE_PASSWORD "$(hex 24)"
keep REDIS_PASSWORD "$(hex 24)"
keep MINIO_PASSWORD "$(hex 20)"
keep LANGFUSE_SALT "$(hex 24)"
keep LANGFUSE_ENCRYPTION_KEY "$(hex 32)"
keep LANGFUSE_NEXTAUTH_SECRET "$(hex 32)"
keep LANGFUSE_USER_PASSWORD "$(hex 8)"
keep LANGFUSE_PUBLIC_KEY "pk-lf-$(hex 16)"
keep LANGFUSE_SECRET_KEY "sk-lf-$(hex 16)"
