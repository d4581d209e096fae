#!/usr/bin/env bash
# Calls every unary method of a running suite with data made from its OpenAPI document, good and bad, and fails when an answer
# is a server error or does not have the form that the document says: tests/clients/schemathesis.sh [ADDRESS]
# Streams are left out: OpenAPI 3.1 has no word for what stands in a line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install schemathesis==4.32.5
cd "$folder"
"$folder/venv/bin/schemathesis" run "http://${1:-127.0.0.1:8642}/openapi.json" --phases=examples,coverage,fuzzing -n "${EXAMPLES:-20}" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --request-timeout 10 -H 'x-request-timeout: 5s' --exclude-path-regex ':(export|watch|ingest|analyzeStream)$'
