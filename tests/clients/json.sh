#!/usr/bin/env bash
# JSON, lines and server-sent events by plain curl.
set -euo pipefail
source "$(dirname "$0")/common.sh"
id="client-$$" path="$BASE/v1/creators/tiktok:client-$$"
code() { ask -o /dev/null -w ' %{http_code}' "$@"; }
search() { ask -H 'content-type: application/json' -d "$1" "$BASE/v1/creators:search"; }

expect "lines in, lines out" '"sequence":"2"' "$( { profile "$id" Client "$(now)"; echo; profile "$id" Client "$(now)"; } | ingest)"
expect "get" '"displayName":"Client"' "$(ask "$path")"
expect "a mask" "{\"creator\":{\"name\":\"creators/tiktok:$id\"}}" "$(ask "$path?readMask=name")"
expect "search" '"totalSize"' "$(search '{"query": "client", "pageSize": 1}')"
expect "an unknown field" 'near are pageSize' "$(search '{"pageSise": 1}')"
expect "an unknown path" ' 404' "$(code "$BASE/v1/nowhere")"
expect "a wrong verb" ' 405' "$(code -X PUT "$path")"
expect "a path that leads upwards" ' 400' "$(code --path-as-is "$BASE/v1/creators/../x")"
expect "events" 'data: {"snapshotEnd"' "$(ask -N -H 'accept: text/event-stream' -H 'x-request-timeout: 2s' "$BASE/v1/creators:watch?creators=creators/tiktok:$id")"
delivers "a stream of events" "$id" ask -N -H 'accept: text/event-stream' "$BASE/v1/creators:watch?creators=creators/tiktok:$id"
delivers "a stream of lines" "$id" ask -N "$BASE/v1/creators:watch?creators=creators/tiktok:$id"
expect "a deadline in a stream" 'DEADLINE_EXCEEDED' "$(ask -N -H 'x-request-timeout: 200ms' "$BASE/v1/creators:watch?skipSnapshot=true")"
if [ -n "$BAD_KEY" ]; then
  expect "a revoked key" ' 401' "$(KEY=$BAD_KEY code "$path")"
  expect "no key" ' 401' "$(KEY='' code "$path")"
  expect "a key without the scope" ' 403' "$(KEY=$READ_KEY code "$path")"
  expect "why" '"reason":"SCOPE_MISSING"' "$(KEY=$READ_KEY ask "$path")"
fi
expect "removal" '{' "$(ask -X DELETE "$path")"
expect "gone" ' 404' "$(code "$path")"
