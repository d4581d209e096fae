#!/usr/bin/env bash
# Validates /openapi.json of a running suite with openapi-spec-validator: tests/clients/openapi.sh [ADDRESS]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install openapi-spec-validator==0.9.0
curl -sS "http://${1:-127.0.0.1:8642}/openapi.json" >"$folder/openapi.json"
"$folder/venv/bin/openapi-spec-validator" "$folder/openapi.json"
