#!/bin/sh
# Builds the check where it is missing or older than its source, and runs it: run.sh FILE [NAME=value …]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../.data/bin/compose-check
if ! command -v go > /dev/null; then
  echo "check: go is missing: install Go 1.24 or later (https://go.dev/dl)" >&2
  exit 1
fi
mkdir -p "$(dirname "$program")"
go build -C "$here" -o "$program" .
exec "$program" "$@"
