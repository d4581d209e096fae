#!/usr/bin/env bash
# @grpc/grpc-js, which reads the contracts from proto/.
set -euo pipefail
source "$(dirname "$0")/common.sh"
node_with grpc-js @grpc/grpc-js@1.14.7 @grpc/proto-loader@0.8.1
PROTO="$root/proto" NODE_PATH="$modules" node "$here/node.js"
