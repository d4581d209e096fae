#!/usr/bin/env bash
# Validates /openapi.json with openapi-spec-validator, then calls the suite with a client that openapi-python-client made of it. The
# generator leaves out methods that take a stream of lines, and says so.
set -euo pipefail
source "$(dirname "$0")/common.sh"
python_with openapi openapi-spec-validator==0.9.0 openapi-python-client==0.29.1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ask "$BASE/openapi.json" >"$folder/openapi.json"
"$python" -m openapi_spec_validator "$folder/openapi.json"
cd "$folder"
"$CACHE/openapi/bin/openapi-python-client" generate --path openapi.json --meta none --output-path generated >log 2>&1 || { cat log; exit 1; }
# Whatever else it leaves out would be a fault of the document.
left_out=$(grep '^WARNING parsing' log | grep -vE ':(ingest|analyzeStream) ' || true)
[ -z "$left_out" ] || { printf 'FAILED: the generator understands the document in part:\n%s\n' "$left_out" >&2; exit 1; }
echo "ok: a client is generated"
id="openapi-$$"
profile "$id" Generated "$(now)" | ingest >/dev/null
CREATOR="tiktok:$id" PYTHONPATH="$folder" "$python" "$here/openapi.py"
