# A relay that has its certificate issued, against Debian's Pebble.

acme() {
  setup_build
  setup_acme
  build_page "${as_for_tests[@]}"
  step "Build the relay" cargo build --locked "${as_for_tests[@]}" --bins
  : >target/test.log
  step "Have certificates issued by Pebble" logged cargo test --locked --workspace --test acme
}

setup_acme() {
  have pebble || apt_install pebble
}
