# The five minutes of docs/operations.md, performed with the package of this tree.

five_minutes() {
  setup_build
  setup_package
  setup_five_minutes
  build_package
  step "Build the two people" cargo test --quiet --locked --workspace --test five_minutes --no-run
  new_root
  trap remove_root EXIT
  step "Perform the five minutes" tests/five-minutes/run.sh "$root" "$deb"
  remove_root
  trap - EXIT
}

setup_five_minutes() {
  local missing=()
  have pebble || missing+=(pebble)
  have openssl || missing+=(openssl)
  have ip || missing+=(iproute2)
  have curl || missing+=(curl)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}
