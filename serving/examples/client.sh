#!/usr/bin/env bash
# client.ts with curl: records a transfer, safely whatever happens to the answer, and asks what came of it.
#
# API=http://localhost:8081 TOKEN=fs_… serving/examples/client.sh CUSTOMER_ID ACCOUNT_ID TO_ACCOUNT_ID AMOUNT CURRENCY
set -euo pipefail

if [ $# != 5 ]; then
  echo 'client.sh: needs CUSTOMER_ID ACCOUNT_ID TO_ACCOUNT_ID AMOUNT CURRENCY' >&2
  exit 2
fi
customer=$1 account=$2 to=$3 amount=$4 currency=$5

# Sends a request again while that can help: no connection, no answer in time, 429, 5xx; as long after as the API asks for.
# An answer that is not a success is printed, and ends this with exit code 22.
request() {
  curl --silent --show-error --fail-with-body --max-time 15 --retry 8 --retry-connrefused \
    ${TOKEN:+--header "authorization: Bearer $TOKEN"} "$@"
  echo
}

api=${API:-http://localhost:8081}
# Made once: the same transaction sent again is recorded once.
id=$( (uuidgen 2> /dev/null || cat /proc/sys/kernel/random/uuid) | tr '[:upper:]' '[:lower:]')
request "$api/v1/transactions" --header 'content-type: application/json' --data @- << JSON
{
  "transaction_id": "$id",
  "customer_id": "$customer",
  "account_id": "$account",
  "to_account_id": "$to",
  "transaction_type": "TRANSFER",
  "amount": "$amount",
  "currency": "$currency"
}
JSON
request "$api/v1/users/$customer/risk-score"
request "$api/v1/accounts/$to/top-senders?limit=5&order_by=amount"
