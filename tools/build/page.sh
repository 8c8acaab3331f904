# The page: client to wasm, then tools/page makes target/page, which the relay embeds.

# build_page TARGETS: what cargo will build afterwards, so that dependencies are compiled once.
build_page() {
  local folder=target
  [ $built_by = reference ] || folder=target-debian
  local wasm=$folder/$wasm_target/wasm
  local modules=($wasm/sotto_{client,stretcher,qr,strength}.wasm)
  step "Build the wasm modules ($(page_compiler))" wasm_modules
  step "Build the page tool" cargo build --locked "${run_profile[@]}" "$@" --bin sotto-page
  local tool=target/$run_folder/sotto-page stamp
  stamp=$(page_stamp "${modules[@]}" "$tool")
  if [ -e target/page/manifest.json ] && [ "$(cat target/page.stamp 2>/dev/null)" = "$stamp" ]; then
    say "The page is up to date"
    return 0
  fi
  step "Build the page" "$tool" "${modules[@]/#/--wasm=}" --www www --out target/page --types target/page-types \
    --compiler "$(page_compiler)" --built-by $built_by
  printf '%s\n' "$stamp" >target/page.stamp
  page_size
}

# One by one, each as nothing but a cdylib: cargo optimises a library at link time only if it is no rlib as well, and one
# module's dependencies shall not turn on features of another's (those of sotto-strength need std).
wasm_modules() {
  local name lto
  for name in client stretcher qr strength; do
    lto=fat
    # Argon2id is quicker without, in the browser where it is slowest: docs/decisions/argon2id-in-the-browser.md
    [ $name != stretcher ] || lto=off
    CARGO_PROFILE_WASM_LTO=$lto \
      wasm_cargo rustc --locked --profile wasm -p sotto-$name --lib --crate-type cdylib || return
  done
}

# Changes when anything that goes into the page does.
page_stamp() {
  { page_compiler; find www -type f | LC_ALL=C sort | xargs sha256sum; sha256sum "$@"; } | sha256sum | cut -d' ' -f1
}

page_size() {
  say "The page in brotli: $(find target/page -name '*.br' -printf '%s\n' | awk '{ sum += $1 } END { printf "%.1f KB", sum / 1000 }')"
}

# verify ADDRESS: whether a relay serves the page that this source builds, in every encoding.
verify() {
  [ $# = 1 ] || die "say which relay: ./build.sh verify https://relay.example"
  setup_build
  have curl || apt_install curl
  build_page -p sotto-page
  compare_page "${1%/}"
}

# compare_page ADDRESS: fetches each file of target/page/manifest.json.
compare_page() {
  local same=0 differ=0 path hash file encoding got
  got=$(mktemp)
  while read -r path hash; do
    case $path in
      *.br) encoding=br ;;
      *.gz) encoding=gzip ;;
      *) encoding=identity ;;
    esac
    file=${path%.br} file=${file%.gz} file=${file%.html}
    curl -sS -f -H "Accept-Encoding: $encoding" -o "$got" "$1/${file#index}" || : >"$got"
    if [ "$(sum_of <"$got")" = "$hash" ] || is_but_for_the_operator "$file" "$got"; then
      same=$((same + 1))
    else
      differ=$((differ + 1))
      say "Differs: /${file#index} ($encoding)"
    fi
  done < <(listed '[^"]*')
  rm -f "$got"
  [ $same -gt 0 ] || die "none of the files is what this source builds with $(sed -n 's/.*"compiler": "\(.*\)".*/\1/p' target/page/manifest.json)"
  [ $differ = 0 ] || die "$differ files differ, $same are the same"
  say "All $same files are what this source builds"
}

sum_of() { sha256sum | cut -d' ' -f1; }

# listed PATTERN: paths of the manifest, each with its hash.
listed() { sed -n 's/^ *"\('"$1"'\)": "\([0-9a-f]\{64\}\)",\{0,1\}$/\1 \2/p' target/page/manifest.json; }

# is_but_for_the_operator FILE GOT: whether a page of text is as it was built once the words of whoever runs the relay are
# left out: lines of the forms that relay/src/page/operator.rs writes, and nothing else between its two comments.
is_but_for_the_operator() {
  local built
  case $1 in about | about.??) ;; *) return 1 ;; esac
  built=$(listed "${1/./\\.}\\.html") built=${built#* }
  [ "$(operator_left_out <"$2" | sum_of)" = "$built" ] || return 1
  say "As built, but for the words of whoever runs the relay: /$1"
}

operator_left_out() {
  sed -E '/^<!-- operator -->$/,/^<!-- \/operator -->$/ {
    /^<h2>[^<>]*<\/h2>$/d
    /^<p( dir="auto")?>[^<>]*(<a href="(mailto:|https:\/\/)[^"<>]*" rel="noreferrer">[^<>]*<\/a>)?<\/p>$/d
  }'
}
