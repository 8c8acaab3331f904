#!/usr/bin/env bash
# Builds, runs and tests Sotto. Installs what is missing, asks nothing, does nothing twice.
set -euo pipefail
export RUST_LIB_BACKTRACE=${RUST_LIB_BACKTRACE:-0}
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
./build.sh COMMAND

  setup         installs what a build needs and is missing
  build         builds page and relay
  run [ARGS]    builds, then serves on http://127.0.0.1:8080 (ARGS go to `sotto-relay serve`)
  test [TOPIC]  builds and runs all tests, or those of one topic: protocol crypto session relay page
                native hostile model invariants browsers views admin types
  bench [SCENARIO] [--json FILE]
                measures all scenarios or one (open resume visit page idle idle-tls connect typing send calm mixed linear
                simulated neighbour admin purge start floor), and fails where a limit is missed; --peers adds NATS, --check
                compares with bench/baseline.json
  bench layers [LAYER ...]
                measures the WebSocket layers that the relay's was chosen from, under one load
  verify ADDRESS
                builds the page and says whether a relay serves just that
  package       builds the Debian package and the container image, and tries both (needs root)
  lighthouse    judges the page as a phone on a slow line would load it, and fails where a limit is missed
  alerts        checks the alert rules in deploy/ with promtool
  proxies       talks through nginx and Caddy as deploy/ sets them up, and has tor read its part
  acme          has certificates issued by Pebble, Debian's authority for tests
  five-minutes  performs the five minutes of docs/operations.md in a Debian root against Pebble (needs root)
  screenshots   takes pictures of every view into docs/screenshots/
  clean         removes what was built here

SOTTO_COMPILER=debian builds the page with Debian's compiler even where the reference compiler is at hand.
TEXT
}

for part in say toolchain page tests bench lighthouse package alerts proxies acme five-minutes; do
  # shellcheck source=/dev/null
  source "tools/build/$part.sh"
done

build() {
  setup_build
  build_page -p sotto-page -p sotto-relay
  step "Build the relay" cargo build --locked "${run_profile[@]}" -p sotto-page -p sotto-relay --bins
}

run() {
  build
  say "Serving; Ctrl-C ends it"
  exec "target/$run_folder/sotto-relay" serve "$@"
}

clean() {
  step "Remove target and target-debian" rm -rf target target-debian
}

command=${1:-help}
shift || true
case $command in
  setup) setup_build ;;
  build) build ;;
  run) run "$@" ;;
  test) run_tests "$@" ;;
  bench) bench "$@" ;;
  verify) verify "$@" ;;
  lighthouse) lighthouse ;;
  package) package ;;
  alerts) alerts ;;
  proxies) proxies ;;
  acme) acme ;;
  five-minutes) five_minutes ;;
  screenshots) screenshots ;;
  clean) clean ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
