# The blocks for proxies in deploy/, as Debian's nginx, Caddy and tor take them.

proxies() {
  setup_build
  setup_proxies
  build_page "${as_for_tests[@]}"
  step "Build the relay" cargo build --locked "${as_for_tests[@]}" --bins
  step "Have tor read deploy/torrc" try_tor
  : >target/test.log
  step "Talk through nginx and Caddy" logged cargo test --locked --workspace --test proxies
}

setup_proxies() {
  local missing=()
  # Debian keeps it where only root looks.
  PATH=$PATH:/usr/sbin
  have nginx || missing+=(nginx)
  have caddy || missing+=(caddy)
  have tor || missing+=(tor)
  have openssl || missing+=(openssl)
  have curl || missing+=(curl)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

try_tor() {
  local folder status=0
  folder=$(mktemp -d)
  tor --verify-config -f deploy/torrc --DataDirectory "$folder" --SocksPort 0 >target/tor.log || status=1
  [ $status = 0 ] || cat target/tor.log
  rm -rf "$folder"
  return $status
}
