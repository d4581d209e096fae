#!/usr/bin/env bash
# A campaign from brief to report by grpcurl and jq: proto/campaign.sh.
set -euo pipefail
source "$(dirname "$0")/common.sh"
need_grpcurl
command -v jq >/dev/null || skip "there is no jq"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$root/proto/campaign.sh" "$ADDRESS" >said || { cat said; exit 1; }
expect "the campaign ends" CAMPAIGN_STATE_COMPLETED "$(cat said)"
expect "its report as a page" '<html' "$(cat report.html)"
