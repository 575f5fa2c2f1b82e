#!/bin/sh
# Runs the broker: java with these arguments, of which the last one is the broker's configuration. A data folder without
# a cluster first gets the identity of a new one, as the native launcher gives it.
set -eu
for configuration; do :; done
if [ ! -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
  cluster=$(java kafka.tools.StorageTool random-uuid)
  java kafka.tools.StorageTool format --cluster-id "$cluster" --config "$configuration"
fi
exec java "$@"
