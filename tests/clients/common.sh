# shellcheck shell=bash disable=SC2034
# What the scripts beside this file share; they source it. Whom they call comes through the environment, mostly from `run`:
#   ADDRESS   host and port, 127.0.0.1:8642 when unset
#   KEY       a key with all scopes; none when unset, for a suite without keys
#   READ_KEY  a key that may only read metrics, BAD_KEY one that was revoked; without them refusals are not tried
#   CA        the certificate that signed the suite's, a PEM file; without it no TLS is spoken
#   CACHE     where clients are installed, target/clients when unset
# A script ends with 77 when its client cannot be installed.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export ADDRESS=${ADDRESS:-127.0.0.1:8642} KEY=${KEY:-} READ_KEY=${READ_KEY:-} BAD_KEY=${BAD_KEY:-} CA=${CA:-}
export CACHE=${CACHE:-$root/target/clients}
export BASE="http${CA:+s}://$ADDRESS"
mkdir -p "$CACHE"

skip() { printf 'cannot be installed: %s\n' "$*" >&2; exit 77; }

# A folder without its mark is of an installation that broke off.
installed() { # folder, command that fills the folder given as its last argument
  local folder="$CACHE/$1" log="$CACHE/$1.log"
  [ ! -e "$folder/.complete" ] || return 0
  rm -rf "$folder"
  "${@:2}" "$folder" >"$log" 2>&1 || { tail -n 5 "$log" >&2; skip "$1, see $log"; }
  touch "$folder/.complete"
}

fill_python() { # packages…, folder
  local folder="${*: -1}"
  python3 -m venv "$folder" && "$folder/bin/pip" -q install "${@:1:$#-1}"
}
python_with() { # name, packages…; afterwards $python runs with them
  command -v python3 >/dev/null || skip "python3 is missing"
  installed "$1" fill_python "${@:2}"
  python="$CACHE/$1/bin/python"
}

fill_node() { # packages…, folder
  local folder="${*: -1}"
  mkdir -p "$folder" && (cd "$folder" && npm init -y && npm install --no-audit --no-fund --save-exact --fetch-retries=1 "${@:1:$#-1}")
}
node_with() { # name, packages…; afterwards $modules holds them
  command -v npm >/dev/null || skip "npm is missing"
  installed "$1" fill_node "${@:2}"
  modules="$CACHE/$1/node_modules"
}

fill_go() { GOBIN="$2" go install "$1"; }
need_grpcurl() {
  command -v grpcurl >/dev/null && return
  command -v go >/dev/null || skip "neither grpcurl nor go is there"
  installed grpcurl fill_go github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3
  PATH="$CACHE/grpcurl:$PATH"
}

expect() { # what, part, text
  case "$3" in *"$2"*) echo "ok: $1" ;; *) printf 'FAILED: %s: no %s in\n%s\n' "$1" "$2" "$3" >&2; exit 1 ;; esac
}

# curl with the key and the CA.
ask() { curl -sS ${CA:+--cacert "$CA"} ${KEY:+-H "authorization: Bearer $KEY"} "$@"; }

# A profile as JSON: id, display name, time.
profile() { printf '{"creators": [{"name": "creators/tiktok:%s", "displayName": "%s", "country": "DE", "source": "SOURCE_GIVEN", "observeTime": "%s"}]}' "$@"; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

ingest() { ask -H 'content-type: application/x-ndjson' --data-binary @- "$BASE/v1/creators:ingest"; }

# Changes a creator while a command watches it, and looks whether the command shows it.
delivers() { # what, id, command…
  local seen watcher part
  seen=$(mktemp)
  "${@:3}" >"$seen" 2>&1 &
  watcher=$!
  for part in snapshotEnd Changed; do
    for _ in $(seq 100); do
      if grep -q "$part" "$seen"; then break; fi
      sleep 0.1
    done
    [ $part = Changed ] || profile "$2" Changed "$(now)" | ingest >/dev/null
  done
  kill "$watcher" 2>/dev/null || true
  expect "$1 delivers the change" Changed "$(cat "$seen"; rm "$seen")"
}
