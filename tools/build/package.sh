# The Debian package and the container image, each tried where nothing of this machine is: the package in a root that
# debootstrap made, the image by itself. No systemd runs in either, so what the unit would start is started by hand, with
# the unit's own variables.

cargo_deb_version=3.6.0
# The greatest that the stripped program may be, in bytes.
largest=15000000
# The unit's greatest exposure, in tenths, as systemd-analyze counts it.
exposure=15
suite=bookworm

package() {
  setup_build
  setup_package
  build_package
  step "Judge the unit" judge_unit
  step "Have tor read deploy/torrc" try_tor
  try_deb
  make_image
  say "Done: $(wc -c <"$deb") bytes of $deb, $(wc -c <target/package/sotto-relay) bytes of program, $image_bytes bytes of image"
}

# The package alone, in $deb.
build_package() {
  build_page -p sotto-page -p sotto-relay
  SOTTO_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo none)
  export SOTTO_COMMIT
  step "Build the relay (release)" cargo build --locked --release -p sotto-relay --bins
  make_deb
}

setup_package() {
  local missing=()
  have debootstrap || missing+=(debootstrap)
  have buildah || missing+=(buildah)
  have dpkg-shlibdeps || missing+=(dpkg-dev)
  have systemd-analyze || missing+=(systemd)
  have setpriv || missing+=(util-linux)
  have tor || missing+=(tor)
  have curl || missing+=(curl)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
  [ "$(id -u)" = 0 ] || die "the package is installed in a root of its own: this needs root"
  local root=$cache/cargo-deb-$cargo_deb_version
  cargo_deb=$root/bin/cargo-deb
  [ -x "$cargo_deb" ] || step "Build cargo-deb $cargo_deb_version" \
    cargo install --quiet --debug --locked --version $cargo_deb_version --root "$root" cargo-deb
}

judge_unit() {
  systemd-analyze security --offline=yes --threshold=$exposure --no-pager deploy/sotto-relay.service >target/unit.log || {
    grep -v '^✓' target/unit.log
    return 1
  }
  tail -1 target/unit.log
}

make_deb() {
  local to=target/package program=target/release/sotto-relay
  mkdir -p $to
  $program man >$to/sotto-relay.1
  $program completions bash >$to/sotto-relay.bash
  $program completions zsh >$to/_sotto-relay
  $program completions fish >$to/sotto-relay.fish
  strip -o $to/sotto-relay $program
  local bytes
  bytes=$(wc -c <$to/sotto-relay)
  [ "$bytes" -le $largest ] || die "the stripped program has $bytes bytes, at most $largest"
  say "The stripped program: $bytes bytes, at most $largest"
  rm -f target/debian/*.deb
  # The first is what the second upgrades.
  step "Build the package that is upgraded" "$cargo_deb" --no-build --quiet -p sotto-relay --deb-version 0.0.1-1 \
    --output target/debian/old.deb
  step "Build the package" "$cargo_deb" --no-build --quiet -p sotto-relay --output target/debian/
  deb=$(ls target/debian/sotto-relay_*.deb)
}

# new_root: a fresh Debian in $root; the base is made once.
new_root() {
  local base=$cache/debian-$suite
  [ -e "$base/etc/debian_version" ] || step "Make a Debian root (once)" debootstrap --variant=minbase \
    --include=ca-certificates $suite "$base" \
    "$(apt-get indextargets --format '$(SITE)' 'Codename: '$suite | head -1)"
  root=$(mktemp -d)
  cp -a "$base/." "$root/"
  mount -t proc proc "$root/proc"
}

remove_root() {
  if [ -n "${serving:-}" ]; then kill "$serving" 2>/dev/null || true; fi
  umount "$root/proc"
  rm -rf --one-file-system "$root"
}

# inside COMMAND ...: in the root, with nothing of this machine's environment.
inside() { (become_inside "$@"); }

become_inside() {
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"
}

# serve_inside PORT: what the unit starts, as a user without rights, with the unit's variables; the pepper as its credential.
serve_inside() {
  install -d -m 0700 -o 65532 -g 65532 "$root/var/lib/sotto" "$root/run/credential"
  install -m 0400 -o 65532 -g 65532 "$root/etc/sotto/pepper" "$root/run/credential/pepper"
  chown -R 65532:65532 "$root/var/lib/sotto"
  local start variables
  start=$(sed -n 's/^ExecStart=//p' "$root"/lib/systemd/system/sotto-relay.service "$root"/usr/lib/systemd/system/sotto-relay.service 2>/dev/null | head -1)
  variables=$(sed -n 's/^Environment=//p' deploy/sotto-relay.service | sed 's|%d|/run/credential|')
  : >"$root/tmp/log"
  # shellcheck disable=SC2086
  become_inside setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs env $variables SOTTO_LISTEN="127.0.0.1:$1" $start 2>"$root/tmp/log" &
  serving=$!
  # Its own word first: another relay could answer on that port.
  until grep -q listening "$root/tmp/log" && curl -sf "http://127.0.0.1:$1/healthz" >/dev/null; do
    kill -0 $serving 2>/dev/null || die "the relay ended: $(cat "$root/tmp/log")"
    sleep 0.05
  done
}

stop_serving() {
  kill $serving
  wait $serving || die "the relay did not end well: $(cat "$root/tmp/log")"
}

# Commands with the service's settings, as root, while the relay runs: each finds what the service has.
try_ctl() {
  local found owner
  printf '%s\n' '# A comment' 'SOTTO_LISTEN=127.0.0.1:8094' 'SOTTO_NOTICE="A relay for our choir; $HOME is no variable"' \
    >>"$root/etc/default/sotto-relay"
  step "Ask for its health" inside sotto-ctl healthcheck
  found=$(inside sotto-ctl check) || die "check found something wrong: $found"
  for word in "127.0.0.1:8094 is in use" "data folder: /var/lib/sotto is in use by a relay" "pepper: there"; do
    grep -qF "$word" <<<"$found" || die "check does not say '$word': $found"
  done
  echo "a password for this test" | inside sotto-ctl admin-password >/dev/null
  owner=$(stat -c '%u %a' "$root/var/lib/sotto/admin-password")
  [ "$owner" = "65532 600" ] || die "the password that root set is not the relay's: $owner"
}

try_deb() {
  new_root
  trap remove_root EXIT
  cp target/debian/old.deb "$root/tmp/old.deb"
  cp "$deb" "$root/tmp/new.deb"
  step "Install" inside sh -c 'dpkg -i /tmp/old.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; exit 1; }'
  local file
  for file in usr/bin/sotto-relay usr/sbin/sotto-ctl usr/share/man/man1/sotto-relay.1.gz usr/share/bash-completion/completions/sotto-relay \
    etc/default/sotto-relay etc/sotto/pepper usr/share/doc/sotto-relay/examples/{nginx.conf,Caddyfile,torrc,alerts.yml}; do
    [ -s "$root/$file" ] || die "the package did not bring /$file"
  done
  [ "$(stat -c '%a %U' "$root/etc/sotto/pepper")" = "600 root" ] || die "others than root may read the pepper"
  serve_inside 8094
  curl -sf http://127.0.0.1:8094/ | grep -q '<title>' || die "the installed relay serves no page"
  inside /usr/bin/sotto-relay healthcheck --listen 127.0.0.1:8094
  try_ctl
  # The document's own command, while the relay runs.
  local backup
  backup=$(grep '^sotto-ctl backup /var/backups/sotto-before' docs/operations.md) ||
    die "docs/operations.md has no backup before an upgrade"
  mkdir -p "$root/var/backups"
  step "Back up, as docs/operations.md says" inside sh -c "$backup"
  stop_serving
  local before after
  before=$(sha256sum "$root/etc/sotto/pepper" "$root/var/lib/sotto/sotto.db" | cut -c1-64)
  step "Upgrade over old data" inside sh -c 'dpkg -i /tmp/new.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; exit 1; }'
  after=$(sha256sum "$root/etc/sotto/pepper" "$root/var/lib/sotto/sotto.db" | cut -c1-64)
  [ "$before" = "$after" ] || die "the upgrade changed pepper or database"
  grep -q '^SOTTO_LISTEN=127.0.0.1:8094$' "$root/etc/default/sotto-relay" || die "the upgrade changed settings"
  serve_inside 8094
  inside /usr/bin/sotto-relay healthcheck --listen 127.0.0.1:8094
  stop_serving
  rm -rf "$root/var/lib/sotto"
  step "Restore" inside sotto-ctl restore "/${backup##* /}"
  serve_inside 8094
  stop_serving
  step "Remove" inside dpkg -r sotto-relay
  [ ! -e "$root/usr/bin/sotto-relay" ] || die "removing left the program"
  [ -s "$root/etc/sotto/pepper" ] && [ -s "$root/var/lib/sotto/sotto.db" ] || die "removing took pepper or database"
  step "Purge" inside dpkg -P sotto-relay
  for file in etc/sotto etc/default/sotto-relay var/lib/sotto; do
    [ ! -e "$root/$file" ] || die "purging left /$file"
  done
  remove_root
  trap - EXIT
}

# The image: the program and what the linker finds for it, under the paths that it looks for.
make_image() {
  local at=target/image library
  rm -rf $at
  mkdir -p $at/root/usr/bin $at/data
  cp target/package/sotto-relay $at/root/usr/bin/
  for library in $(ldd $at/root/usr/bin/sotto-relay | grep -o '/[^ ]*'); do
    install -D "$(readlink -f "$library")" "$at/root$library"
  done
  cp deploy/Dockerfile $at/
  local tool=(buildah --storage-driver vfs --root "$PWD/target/image-store" --runroot "$PWD/target/image-run")
  step "Build the image" "${tool[@]}" bud --isolation chroot --format docker -q -t sotto-relay $at
  local container mounted
  container=$("${tool[@]}" from sotto-relay)
  mounted=$("${tool[@]}" mount "$container")
  image_bytes=$(du -sb "$mounted" | cut -f1)
  step "Start the image" start_image "$mounted"
  "${tool[@]}" rm "$container" >/dev/null
}

# start_image FOLDER: what the image starts, in its root, as its user, with its variables but for the port.
start_image() {
  local variables=(PATH=/usr/sbin:/usr/bin:/sbin:/bin SOTTO_DATA=/data SOTTO_LISTEN=0.0.0.0:8095)
  : >target/image.log
  env -i "${variables[@]}" chroot --userspec=65532:65532 "$1" /usr/bin/sotto-relay serve 2>target/image.log &
  local pid=$! status=0
  until grep -q listening target/image.log && curl -sf http://127.0.0.1:8095/healthz >/dev/null; do
    kill -0 $pid 2>/dev/null || { cat target/image.log; return 1; }
    sleep 0.05
  done
  env -i "${variables[@]}" chroot --userspec=65532:65532 "$1" /usr/bin/sotto-relay healthcheck || status=1
  kill $pid
  wait $pid || status=1
  return $status
}
