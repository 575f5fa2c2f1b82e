#!/bin/sh
# Fails with a sentence when a file below these folders can be read by its owner only, as after a checkout with umask 077:
# containers run as users that own nothing of it, and would each fail in a way of its own.
set -eu
unreadable=$(find "$@" -name node_modules -prune -o ! -perm -o+r -print | head -n 1)
if [ -n "$unreadable" ]; then
  echo "$unreadable cannot be read by other users, as containers are. In the checkout:" >&2
  echo '  chmod -R go+rX $(git ls-files | cut -d/ -f1 | sort -u)' >&2
  exit 1
fi
