#!/usr/bin/env bash
# Performs the five minutes of docs/operations.md in a Debian root, command by command as they stand there, against Pebble;
# then two people talk over HTTPS. Prints what each command took, and all of them together.
#
# Run by `./build.sh five-minutes`, which has made what is named here:
#   run.sh ROOT PACKAGE
# A machine has one port 443, and this one's may be in use: all of it runs in a network of its own, with nobody else in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../../tools/build/say.sh
source tools/build/say.sh
root=$1 package=$2
name=relay.example

if [ "${SOTTO_ALONE:-}" != yes ]; then
  SOTTO_ALONE=yes exec unshare --net "$0" "$@"
fi
ip link set lo up

folder=$(mktemp -d)
started=()
finish() {
  if [ -e "$root/run/sotto-relay.pid" ]; then started+=("$(cat "$root/run/sotto-relay.pid")"); fi
  if [ ${#started[@]} != 0 ]; then kill "${started[@]}" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT

# The authority, with the name server that it asks. All that a name is, is this machine.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pebble \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null
  cat >"$folder/config.json" <<JSON
{ "pebble": {
  "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
  "certificate": "$folder/cert.pem", "privateKey": "$folder/key.pem",
  "httpPort": 80, "tlsPort": 443, "ocspResponderURL": "", "externalAccountBindingRequired": false } }
JSON
  pebble-challtestsrv -management 127.0.0.1:8055 -dns01 127.0.0.1:8053 -defaultIPv4 127.0.0.1 -defaultIPv6 "" \
    -http01 "" -https01 "" -tlsalpn01 "" >"$folder/names.log" 2>&1 &
  started+=($!)
  # It waits for up to 15 s before it looks, as real ones take their time.
  pebble -config "$folder/config.json" -strict -dnsserver 127.0.0.1:8053 >"$folder/pebble.log" 2>&1 &
  started+=($!)
  until curl -sf --cacert "$folder/cert.pem" https://127.0.0.1:15000/roots/0 >"$folder/root.pem"; do
    kill -0 "${started[@]}" || die "$(cat "$folder"/*.log)"
    sleep 0.1
  done
}

# What the document takes for granted (the package in the folder, the name in the DNS, systemd), and the authority for tests.
prepare() {
  cp "$package" "$root/root/"
  install -m 0755 tests/five-minutes/systemctl "$root/usr/bin/systemctl"
  install -d "$root/etc/systemd/system/sotto-relay.service.d"
  install -m 0644 "$folder/cert.pem" "$root/etc/ssl/pebble.pem"
  cat >"$root/etc/systemd/system/sotto-relay.service.d/test.conf" <<UNIT
[Service]
Environment=SOTTO_ACME_DIRECTORY=https://127.0.0.1:14000/dir
Environment=SOTTO_ACME_ROOT=/etc/ssl/pebble.pem
UNIT
  mkdir "$folder/visitor"
  cat >"$folder/visitor/.curlrc" <<CURL
resolve = "$name:443:127.0.0.1"
resolve = "$name:80:127.0.0.1"
cacert = "$folder/root.pem"
no-progress-meter
CURL
}

# The fenced lines under "Five minutes", up to the next heading.
commands() {
  awk '/^## Five minutes$/ { inside = 1; next } /^#/ { inside = 0 } inside && /^```/ { fenced = !fenced; next }
    inside && fenced' docs/operations.md
}

# perform COMMAND: as root on the new machine; what visits the relay, from elsewhere.
perform() {
  case $1 in
    curl\ *) (cd "$folder" && CURL_HOME=$folder/visitor sh -ec "$1") ;;
    *) env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
      chroot "$root" sh -ec "cd /root; $1" ;;
  esac
}

authority
prepare
mapfile -t commands < <(commands)
[ ${#commands[@]} -ge 3 ] || die "docs/operations.md has no five minutes"
begin=$SECONDS
for command in "${commands[@]}"; do
  now=$SECONDS
  printf '# %s\n' "$command"
  perform "$command" </dev/null || {
    cat "$root/var/log/sotto-relay.log" "$folder/pebble.log" >&2 || true
    die "failed: $command"
  }
  say "$((SECONDS - now)) s"
done

now=$SECONDS
SOTTO_VISIT=127.0.0.1:443 SOTTO_VISIT_NAME=$name SOTTO_VISIT_ROOT=$folder/root.pem \
  cargo test --quiet --offline --locked --workspace --test five_minutes
say "Two people talk: $((SECONDS - now)) s"
say "The five minutes of docs/operations.md took $((SECONDS - begin)) s"
[ $((SECONDS - begin)) -le 300 ] || die "that is more than five minutes"

# What the document says besides.
sent_on=$(CURL_HOME=$folder/visitor curl -s -o /dev/null -w '%{http_code} %{redirect_url}' http://$name/about)
[ "$sent_on" = "308 https://$name/about" ] || die "plain HTTP is answered with: $sent_on"
kept=$(stat -c '%a %u' "$root"/var/lib/sotto/acme "$root"/var/lib/sotto/acme/*)
[ "$(sort -u <<<"$kept" | tr '\n' ' ')" = "600 65532 700 65532 " ] || die "the keys are not the relay's alone: $kept"
cat "$root/var/log/sotto-relay.log"
