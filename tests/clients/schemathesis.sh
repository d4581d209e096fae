#!/usr/bin/env bash
# Calls every unary method with data made from /openapi.json, good and bad, and fails when an answer is a server error or does not
# have the form that the document says. Streams are left out: OpenAPI 3.1 has no word for what stands in a line.
set -euo pipefail
source "$(dirname "$0")/common.sh"
python_with schemathesis schemathesis==4.32.5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$CACHE/schemathesis/bin/schemathesis" run "$BASE/openapi.json" --phases=examples,coverage,fuzzing -n "${EXAMPLES:-20}" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --request-timeout 10 -H 'x-request-timeout: 5s' ${KEY:+-H "authorization: Bearer $KEY"} ${CA:+--tls-verify "$CA"} \
  --exclude-path-regex ':(export|watch|ingest|analyzeStream)$'
