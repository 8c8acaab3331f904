# The page: client to wasm, then tools/page makes target/page, which the relay embeds.

# build_page PACKAGES: the packages that cargo will build afterwards, so that dependencies are compiled once.
build_page() {
  local folder=target
  [ $built_by = reference ] || folder=target-debian
  local wasm=$folder/$wasm_target/wasm
  local client=$wasm/sotto_client.wasm stretcher=$wasm/sotto_stretcher.wasm
  step "Build the wasm of both workers ($(page_compiler))" \
    wasm_cargo build --locked --profile wasm -p sotto-client -p sotto-stretcher --lib
  step "Build the page tool" cargo build --locked "${run_profile[@]}" "$@" --bin sotto-page
  local tool=target/$run_folder/sotto-page stamp
  stamp=$(page_stamp "$client" "$stretcher" "$tool")
  if [ -e target/page/manifest.json ] && [ "$(cat target/page.stamp 2>/dev/null)" = "$stamp" ]; then
    say "The page is up to date"
    return 0
  fi
  step "Build the page" "$tool" --wasm "$client" --wasm "$stretcher" --www www --out target/page --types target/page-types \
    --compiler "$(page_compiler)" --built-by $built_by
  printf '%s\n' "$stamp" >target/page.stamp
  page_size
}

# Changes when anything that goes into the page does.
page_stamp() {
  { page_compiler; find www -type f | LC_ALL=C sort | xargs sha256sum; sha256sum "$@"; } | sha256sum | cut -d' ' -f1
}

page_size() {
  say "The page in brotli: $(find target/page -name '*.br' -printf '%s\n' | awk '{ sum += $1 } END { printf "%.1f KB", sum / 1000 }')"
}
