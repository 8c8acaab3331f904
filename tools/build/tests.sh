# The tests, and what only they need: browsers, their drivers, a type checker. All of it is kept outside of the tree.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sotto
geckodriver_version=0.37.1
typescript_version=5.9.3
axe_version=4.14.1

setup_tests() {
  setup_browsers
  # `./build.sh verify` has a test.
  have curl || apt_install curl
  setup_typescript
  setup_axe
}

setup_browsers() {
  local missing=()
  have chromium || missing+=(chromium)
  have chromedriver || missing+=(chromium-driver)
  have firefox-esr || missing+=(firefox-esr)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
  setup_geckodriver
}

setup_geckodriver() {
  local root=$cache/geckodriver-$geckodriver_version
  export SOTTO_GECKODRIVER=$root/bin/geckodriver
  [ -x "$SOTTO_GECKODRIVER" ] || step "Build geckodriver $geckodriver_version" \
    cargo install --quiet --debug --locked --version $geckodriver_version --root "$root" geckodriver
}

# For checks only: the product is built without them.
setup_node() {
  local missing=()
  have node || missing+=(nodejs)
  have npm || missing+=(npm)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

setup_typescript() {
  setup_node
  local root=$cache/typescript-$typescript_version
  tsc=$root/node_modules/.bin/tsc
  [ -x "$tsc" ] || step "Fetch the type checker (typescript $typescript_version)" \
    npm install --silent --no-save --no-package-lock --prefix "$root" typescript@$typescript_version
}

# What searches a page for things that keep people out.
setup_axe() {
  local root=$cache/axe-core-$axe_version
  export SOTTO_AXE=$root/node_modules/axe-core/axe.min.js
  [ -e "$SOTTO_AXE" ] || step "Fetch axe-core $axe_version" \
    npm install --silent --no-save --no-package-lock --prefix "$root" axe-core@$axe_version
}

# What makes cargo choose each dependency's features as it does for tests, whatever else it builds: a test that is small.
# Otherwise it would build half of them twice.
as_for_tests=(--workspace --test documented)

run_tests() {
  setup_build
  setup_tests
  build_page "${as_for_tests[@]}"
  if [ "${1:-all}" = all ]; then
    step "Build relay, tools and tests" cargo build --locked --workspace --bins --tests
    step "Build the page's tests" cargo test --locked --workspace --no-run --test page
  else
    step "Build relay and tools" cargo build --locked "${as_for_tests[@]}" --bins
  fi
  mkdir -p target
  : >target/test.log
  case ${1:-all} in
    all)
      step "Check the page's types" check_types
      step "Check that the relay does not link the cryptography" check_links
      step "Test" logged cargo test --locked --workspace --no-fail-fast
      test_page
      ;;
    protocol | crypto | relay | page) step "Test $1" logged cargo test --locked -p "sotto-$1" ;;
    session) step "Test session" logged cargo test --locked -p sotto-client ;;
    browsers)
      step "Test browsers" logged cargo test --locked --workspace --test browsers
      test_page
      ;;
    native | hostile | model | invariants | views | admin)
      step "Test $1" logged cargo test --locked --workspace --test "$1"
      ;;
    types) step "Check the page's types" check_types ;;
    *) die "no such topic: $1" ;;
  esac
}

# The page's stories: in Firefox at a laptop's size and in English, in Chromium at a phone's size and in longer words, from
# right to left (tools/page/src/pseudo.rs). Each story in each browser in both would take five minutes more.
test_page() {
  local page=(cargo test --locked --workspace --no-fail-fast --test page --)
  step "Test the page in Firefox, on a laptop" logged "${page[@]}" --skip ::chromium
  SOTTO_TEST_SIZE=phone SOTTO_TEST_LANGUAGE=ar-XB \
    step "Test the page in Chromium, on a phone, in longer words, from right to left" logged "${page[@]}" ::chromium
}

check_types() { "$tsc" --project www/tsconfig.json; }

# The relay must not be able to open anything: the crypto crate is not in it.
check_links() {
  local tree
  tree=$(cargo tree --locked -p sotto-relay --edges normal,build --prefix none)
  grep -q '^sotto-protocol ' <<<"$tree" || die "cargo tree does not name sotto-protocol: the check sees nothing"
  ! grep -q '^sotto-\(crypto\|client\) ' <<<"$tree" || die "sotto-relay links sotto-crypto or sotto-client"
}

# Runs tests, and adds up what they print, whether they pass or not.
logged() {
  local status=0
  "$@" 2>&1 | tee -a target/test.log || status=$?
  totals
  return $status
}

totals() {
  awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
    END { printf "%d passed, %d failed, %d ignored\n", passed, failed, ignored }' target/test.log
}

screenshots() {
  setup_build
  setup_tests
  build_page "${as_for_tests[@]}"
  step "Build the relay" cargo build --locked "${as_for_tests[@]}" --bins
  step "Take the pictures" cargo test --locked --workspace --test views --test admin -- --ignored
}
