#!/usr/bin/env bash
# Two gRPC-Web clients, @connectrpc/connect-web and grpc-web, on a page in headless Chromium, and JSON and events beside them. The
# page comes from PAGE, another origin, which the suite's gateway.cors_origins has to name.
set -euo pipefail
source "$(dirname "$0")/common.sh"
export PAGE=${PAGE:-127.0.0.1:8643}
node_with web @bufbuild/buf@1.75.0 @bufbuild/protobuf@2.17.0 @bufbuild/protoc-gen-es@2.17.0 @connectrpc/connect@2.2.0 \
  @connectrpc/connect-web@2.2.0 grpc-web@2.1.1 esbuild@0.28.2
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "there is no chromium"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PATH="$modules/.bin:$PATH" NODE_PATH="$modules"
buf generate "$root/proto" -o "$folder" --template '{"version": "v2", "plugins": [{"local": "protoc-gen-es", "out": "generated", "opt": "target=js"}]}'
esbuild "$here/web/page.js" --bundle --log-level=warning --alias:generated="$folder/generated" --outfile="$folder/page.bundle.js"

# The browser keeps its own list of authorities: what ours signed is trusted by its key.
trusted=()
if [ -n "$CA" ]; then
  shown=$(openssl s_client -connect "$ADDRESS" -CAfile "$CA" -verify_return_error </dev/null 2>/dev/null | openssl x509 -noout -pubkey)
  trusted=("--ignore-certificate-errors-spki-list=$(openssl pkey -pubin -outform der <<<"$shown" | openssl dgst -sha256 -binary | base64)")
fi
node "$here/web/browser.js" "$folder" "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$folder/profile" "${trusted[@]}"
