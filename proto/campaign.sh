#!/usr/bin/env bash
# Drives a campaign from brief to report against a running suite: proto/campaign.sh [ADDRESS]
#
# Needs grpcurl and jq. KEY and CA in the environment are a key and the file of a certificate authority, where the suite asks for them. Each step prints what it answers in short. Names carry the time, so that it can be run again.
set -euo pipefail
address=${1:-127.0.0.1:8642}
run=$(date +%s)
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
hours_ago() { date -u -d "-$1 hours" +%Y-%m-%dT%H:%M:%SZ; }
days_ahead() { date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ; }

options=(-plaintext)
[ -z "${CA:-}" ] || options=(-cacert "$CA")
[ -z "${KEY:-}" ] || options+=(-H "authorization: Bearer $KEY")
ask() { # SERVICE METHOD, the request on standard input
  local package=${1,,}
  grpcurl "${options[@]}" -d @ "$address" "creatorscope.$package.v1.$1Service/$2"
}
campaign() { ask Campaign "$1"; }
step() { printf '\n== %s\n' "$1" >&2; }

brand="brands/lumo-$run" campaign="campaigns/evenings-$run" creator="creators/tiktok:maya-$run"
post="$creator/posts/7$(printf '%018d' "$run")"
text='Anzeige: my evenings with the new lamp from Lumo #lumo'

step 'a creator with followers and posts'
ask Discovery IngestCreators <<<"{\"creators\": [{\"name\": \"$creator\", \"displayName\": \"Maya\", \"country\": \"DE\", \"languages\": [\"de\"],
  \"source\": \"SOURCE_GIVEN\", \"observeTime\": \"$now\"}]}" | jq -c .results
ask Metrics IngestObservations <<<"{\"observations\": [{\"subject\": \"$creator\", \"observeTime\": \"$now\",
  \"account\": {\"followers\": \"52000\"}, \"source\": \"SOURCE_GIVEN\"}]}" | jq -c '{acceptedCount}'

step 'a brand and a campaign with a goal'
campaign CreateBrand <<<"{\"brandId\": \"lumo-$run\", \"brand\": {\"displayName\": \"Lumo\", \"aliases\": [\"#lumo\", \"@lumo\"], \"country\": \"DE\"}}" |
  jq -c '.brand | {name, displayName}'
campaign CreateCampaign <<<"{\"campaignId\": \"evenings-$run\", \"requestId\": \"evenings-$run\", \"campaign\": {
  \"brand\": \"$brand\", \"displayName\": \"Warm evenings\", \"startTime\": \"$(hours_ago 72)\", \"endTime\": \"$(days_ahead 11)\", \"markets\": [\"DE\", \"US\"],
  \"budget\": {\"amountMinor\": \"250000\", \"currencyCode\": \"EUR\"},
  \"objectives\": [{\"objectiveId\": \"views\", \"metric\": \"OBJECTIVE_METRIC_VIEWS\", \"target\": 60000, \"unit\": \"UNIT_COUNT\",
                  \"deadlineTime\": \"$(days_ahead 11)\"}],
  \"guidelines\": [{\"kind\": \"GUIDELINE_KIND_MUST\", \"text\": \"Name the lamp\", \"phrases\": [\"lamp\"]}],
  \"approval\": {\"mode\": \"APPROVAL_MODE_REQUIRED\", \"approvers\": [\"ana\"], \"revisionLimit\": 2}}}" | jq -c '.campaign | {name, state}'

etag() { campaign "Get$1" <<<"{\"name\": \"$2\"}" | jq -r '.[].etag'; }

campaign ActivateCampaign <<<"{\"name\": \"$campaign\", \"etag\": \"$(etag Campaign "$campaign")\", \"actor\": \"ana\"}" | jq -c '.campaign | {name, state}'

step 'a creator is invited and accepts, and owes one post'
participant="$campaign/participants/maya" deliverable="$campaign/deliverables/reel"
campaign CreateParticipant <<<"{\"parent\": \"$campaign\", \"participantId\": \"maya\", \"participant\": {\"creator\": \"$creator\",
  \"fee\": {\"amountMinor\": \"80000\", \"currencyCode\": \"EUR\"}, \"relations\": [\"DISCLOSURE_RELATION_PAID\"], \"trackingCodes\": [\"MAYA10\"]}}" |
  jq -c '.participant | {name, state}'
campaign AcceptInvitation <<<"{\"name\": \"$participant\", \"etag\": \"$(etag Participant "$participant")\", \"actor\": \"maya\"}" | jq -c '.participant | {name, state}'
campaign CreateDeliverable <<<"{\"parent\": \"$campaign\", \"deliverableId\": \"reel\", \"deliverable\": {\"participant\": \"$participant\"}}" |
  jq -c '.deliverable | {name, state}'

draft() { # the caption
  campaign SubmitDraft <<<"{\"name\": \"$deliverable\", \"etag\": \"$(etag Deliverable "$deliverable")\", \"actor\": \"maya\",
    \"content\": {\"caption\": \"$1\", \"platform\": \"PLATFORM_TIKTOK\", \"language\": \"de\", \"medium\": \"DISCLOSURE_MEDIUM_SHORT\"}}" |
    jq -c '.deliverable | {state, verdicts: [.draft.disclosure.verdicts[] | {jurisdiction, verdict, why: .findings[0].reason}], guidelines: .draft.guidelineChecks}'
}
review() { # decision, a remark
  campaign ReviewDraft <<<"{\"name\": \"$deliverable\", \"etag\": \"$(etag Deliverable "$deliverable")\", \"reviewer\": \"ana\", \"decision\": \"REVIEW_DECISION_$1\",
    \"comments\": [{\"text\": \"$2\"}]}" | jq -c '.deliverable | {state, revisionCount}'
}
step 'a draft without a label is sent back, the next one is approved'
draft 'My evenings with the new lamp from Lumo #lumo'
review REQUEST_CHANGES 'The label has to come first.'
draft "$text"
review APPROVE 'Like this.'

step 'the post goes out; metrics sees it with the approved text, and it is verified'
views=(4000 9000 15000 21000)
ages=(44 32 20 2)
for place in 0 1 2 3; do
  token=$(ask Metrics IngestPosts <<<"{\"records\": [{\"post\": {\"name\": \"$post\", \"publishTime\": \"$(hours_ago 48)\", \"caption\": \"$text\",
    \"format\": \"POST_FORMAT_SHORT\", \"language\": \"de\"}, \"observeTime\": \"$(hours_ago "${ages[$place]}")\", \"source\": \"SOURCE_GIVEN\",
    \"counts\": {\"views\": \"${views[$place]}\", \"likes\": \"$((views[place] / 12))\", \"comments\": \"$((views[place] / 150))\"}}]}" | jq -r .changeToken)
done
progress=$(campaign GetCampaignProgress <<<"{\"name\": \"$campaign\", \"readAfter\": [\"$token\"]}")
campaign GetDeliverable <<<"{\"name\": \"$deliverable\"}" |
  jq -c '.deliverable | {state, match: .publication.comparison.match, disclosure: .publication.disclosure.verdict}'

step 'how it is going, and what is to be expected'
jq -c '.progress.objectives[] | {delivered: .delivered.value, index: .pacing.linearIndex, expected: .pacing.forecast.expected, band: .pacing.forecast.band | {low, high}, probability: .pacing.forecast.targetProbability}' <<<"$progress"
campaign RecordConversions <<<"{\"name\": \"$campaign\", \"records\": [{\"recordId\": \"one\", \"trackingCode\": \"maya10\", \"time\": \"$(hours_ago 1)\",
  \"clicks\": \"420\", \"conversions\": \"9\", \"revenue\": {\"amountMinor\": \"116100\", \"currencyCode\": \"EUR\"}}]}" | jq -c .
campaign ListAlerts <<<"{\"parent\": \"$campaign\"}" | jq -c '.alerts // [] | .[] | {kind, message, adjustments: [.adjustments[]?.description]}'

step 'what was done, and the report'
campaign ListCampaignEvents <<<"{\"parent\": \"$campaign\"}" | jq -r '.events[] | "\(.time)  \(.actor)  \(.action)  \(.stateAfter)"'
campaign CompleteCampaign <<<"{\"name\": \"$campaign\", \"etag\": \"$(etag Campaign "$campaign")\", \"actor\": \"ana\"}" | jq -c '.campaign | {name, state}'
for format in json csv html; do
  campaign ExportCampaignReport <<<"{\"name\": \"$campaign\", \"format\": \"REPORT_FORMAT_${format^^}\"}" | jq -r .content | base64 -d >"report.$format"
done
ls -l report.json report.csv report.html
