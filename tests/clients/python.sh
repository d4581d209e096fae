#!/usr/bin/env bash
# Python's grpcio without generated code: messages come from the suite's reflection.
set -euo pipefail
source "$(dirname "$0")/common.sh"
python_with grpcio grpcio==1.85.1 grpcio-reflection==1.85.1 grpcio-status==1.85.1
"$python" "$here/python.py"
