#!/usr/bin/env bash
# JSON, lines and server-sent events by plain curl against a running suite: tests/clients/json.sh [ADDRESS]
set -euo pipefail
base="http://${1:-127.0.0.1:8642}"
name="tiktok:client-$$"

expect() { # what, part, text
  case "$3" in *"$2"*) echo "ok: $1" ;; *) printf 'FAILED: %s: no %s in\n%s\n' "$1" "$2" "$3" >&2; exit 1 ;; esac
}
profile="{\"creators\": [{\"name\": \"creators/$name\", \"displayName\": \"Client\", \"source\": \"SOURCE_GIVEN\", \"observeTime\": \"2026-03-01T00:00:00Z\"}]}"

expect "lines in, lines out" '"sequence":"2"' \
  "$(printf '%s\n%s\n' "$profile" "$profile" | curl -sS -H 'content-type: application/x-ndjson' --data-binary @- "$base/v1/creators:ingest")"
expect "get" '"displayName":"Client"' "$(curl -sS "$base/v1/creators/$name")"
expect "a mask" "{\"creator\":{\"name\":\"creators/$name\"}}" "$(curl -sS "$base/v1/creators/$name?readMask=name")"
expect "search" '"totalSize"' "$(curl -sS -H 'content-type: application/json' -d '{"query": "client", "pageSize": 1}' "$base/v1/creators:search")"
expect "an unknown field" 'near are pageSize' "$(curl -sS -H 'content-type: application/json' -d '{"pageSise": 1}' "$base/v1/creators:search")"
expect "an unknown path" ' 404' "$(curl -sS -o /dev/null -w ' %{http_code}' "$base/v1/nowhere")"
expect "a wrong verb" ' 405' "$(curl -sS -o /dev/null -w ' %{http_code}' -X PUT "$base/v1/creators/$name")"
expect "a path that leads upwards" ' 400' "$(curl -sS --path-as-is -o /dev/null -w ' %{http_code}' "$base/v1/creators/../x")"
expect "events" 'data: {"snapshotEnd"' \
  "$(curl -sSN -H 'accept: text/event-stream' -H 'x-request-timeout: 2s' "$base/v1/creators:watch?creators=creators/$name")"
expect "a deadline in a stream" 'DEADLINE_EXCEEDED' "$(curl -sSN -H 'x-request-timeout: 200ms' "$base/v1/creators:watch?skipSnapshot=true")"
expect "removal" '{' "$(curl -sS -X DELETE "$base/v1/creators/$name")"
expect "gone" ' 404' "$(curl -sS -o /dev/null -w ' %{http_code}' "$base/v1/creators/$name")"
