#!/usr/bin/env bash
# `buf curl`, by gRPC and by gRPC-Web, which knows the services by reflection alone.
set -euo pipefail
source "$(dirname "$0")/common.sh"
node_with buf @bufbuild/buf@1.75.0
service=creatorscope.discovery.v1.DiscoveryService
tls=(--http2-prior-knowledge)
[ -z "$CA" ] || tls=(--cacert "$CA")

buf() { # protocol, key, method, request
  local key=(${2:+-H "authorization: Bearer $2" --reflect-header "authorization: Bearer $KEY"})
  exec "$modules"/@bufbuild/buf-linux-*/bin/buf curl --protocol "$1" "${tls[@]}" "${key[@]}" -d "$4" "$BASE/$service/$3" 2>&1
}
call() { (buf "$@" || true) | tr -d ' '; }

for protocol in grpc grpcweb; do
  id="buf-$protocol-$$" name="creators/tiktok:buf-$protocol-$$"
  sent="$(profile "$id" First "$(now)") $(profile "$id" Second "$(now)")"
  expect "$protocol: a stream of the client" '"sequence":"2"' "$(call grpc "$KEY" IngestCreators "$sent")"
  expect "$protocol: unary" '"displayName":"Second"' "$(call $protocol "$KEY" GetCreator "{\"name\": \"$name\"}")"
  delivers "$protocol: a stream of the server" "$id" buf $protocol "$KEY" WatchCreators "{\"creators\": [\"$name\"]}"
  expect "$protocol: details of errors" google.rpc.BadRequest "$(call $protocol "$KEY" SearchCreators '{"pageSize": -1}')"
  expect "$protocol: nobody" not_found "$(call $protocol "$KEY" GetCreator '{"name": "creators/tiktok:nobody"}')"
  [ -z "$BAD_KEY" ] || expect "$protocol: a revoked key" unauthenticated "$(call $protocol "$BAD_KEY" SearchCreators '{}')"
done
