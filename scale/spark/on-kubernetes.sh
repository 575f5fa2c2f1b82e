#!/usr/bin/env bash
# Runs reconcile.py on Kubernetes, by the Spark operator, and waits for its end. Takes what reconcile.py takes:
#   RECONCILIATION_SPARK=scale/spark/on-kubernetes.sh npx fintech reconciliation nightly
set -euo pipefail

usage() {
  echo 'on-kubernetes.sh: needs --plan FILE --out FOLDER' >&2
  exit 2
}

plan='' out=''
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --plan) plan=$2 ;;
    --out) out=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ -n "$plan" ] && [ -n "$out" ] || usage

name=fintech-reconciliation-$(date -u +%Y%m%d-%H%M%S)
manifest=$(dirname "$0")/../kubernetes/spark-application.yaml
sed -e "s|RUN_NAME|$name|" -e "s|'PLAN'|'$plan'|" -e "s|'OUT'|'$out'|" "$manifest" | kubectl apply -f -

while :; do
  state=$(kubectl get sparkapplication "$name" -o 'jsonpath={.status.applicationState.state}')
  echo "$name ${state:-NEW}"
  case $state in
    COMPLETED) exit 0 ;;
    FAILED | SUBMISSION_FAILED | INVALIDATING | UNKNOWN)
      kubectl logs "$name-driver" --tail=20 >&2 || true
      exit 1
      ;;
  esac
  sleep 10
done
