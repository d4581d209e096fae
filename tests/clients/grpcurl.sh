#!/usr/bin/env bash
# grpcurl, which knows the services by reflection alone.
set -euo pipefail
source "$(dirname "$0")/common.sh"
need_grpcurl
service=creatorscope.discovery.v1.DiscoveryService
tls=(-plaintext)
[ -z "$CA" ] || tls=(-cacert "$CA")
as() { local key=$1; shift; grpcurl "${tls[@]}" ${key:+-H "authorization: Bearer $key"} "$@" 2>&1 || true; }
call() { as "$KEY" -d @ "$ADDRESS" "$service/$1"; }
id="grpcurl-$$"

expect "list" "$service" "$(as "$KEY" "$ADDRESS" list)"
expect "describe" "rpc WatchCreators ( .creatorscope.discovery.v1.WatchCreatorsRequest ) returns ( stream" "$(as "$KEY" "$ADDRESS" describe $service)"
expect "describe a message" "string display_name = 3" "$(as "$KEY" "$ADDRESS" describe creatorscope.discovery.v1.Creator)"
expect "a stream of the client" '"sequence": "2"' "$( { profile "$id" First "$(now)"; profile "$id" Second "$(now)"; } | call IngestCreators)"
expect "unary" '"displayName": "Second"' "$(call GetCreator <<<"{\"name\": \"creators/tiktok:$id\"}")"

delivers "a stream of the server" "$id" grpcurl "${tls[@]}" ${KEY:+-H "authorization: Bearer $KEY"} -max-time 60 \
  -d "{\"creators\": [\"creators/tiktok:$id\"]}" "$ADDRESS" $service/WatchCreators

expect "why something is not there" CREATOR_NOT_FOUND "$(call GetCreator <<<'{"name": "creators/tiktok:nobody"}')"
expect "which field is wrong" '"field": "page_size"' "$(call SearchCreators <<<'{"pageSize": -1}')"
if [ -n "$BAD_KEY" ]; then
  expect "a revoked key" Unauthenticated "$(as "$BAD_KEY" -d '{}' "$ADDRESS" $service/SearchCreators)"
  expect "no key" Unauthenticated "$(as "" -d '{}' "$ADDRESS" $service/SearchCreators)"
  expect "a key without the scope" 'discovery.read' "$(as "$READ_KEY" -d '{}' "$ADDRESS" $service/SearchCreators)"
fi
