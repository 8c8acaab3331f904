# Which Rust builds what. The reference compiler of the page is the exact version in rust-toolchain.toml with its
# ready-made std; where it cannot be had, Debian's compiler builds the page, and the page's manifest says so.

wasm_target=wasm32-unknown-unknown
channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
built_by=reference

# The profile of `build` and `run`.
run_profile=()
run_folder=debug

setup_build() {
  have cc || apt_install gcc libc6-dev
  choose_toolchain
  choose_page_compiler
}

version_of() { rustup run "$1" rustc -V 2>/dev/null | cut -d' ' -f2; }

# Lets cargo use a toolchain that is there under another name, before it tries to fetch one.
choose_toolchain() {
  [ -z "${RUSTUP_TOOLCHAIN:-}" ] || return 0
  have rustup || { have cargo || die "Rust is missing: install it with rustup"; return 0; }
  local names name
  names=$(rustup toolchain list | cut -d' ' -f1)
  if grep -q "^$channel\(-\|$\)" <<<"$names"; then return 0; fi
  for name in $names; do
    if [ "$(version_of "$name")" = "$channel" ]; then
      export RUSTUP_TOOLCHAIN=$name
      return 0
    fi
  done
  say "Fetch Rust $channel (at most 5 minutes)"
  timeout 300 rustup toolchain install "$channel" --profile minimal --component clippy rustfmt && return 0
  name=$(rustup default 2>/dev/null | cut -d' ' -f1)
  [ -n "$name" ] || die "rustup has no toolchain, and cannot fetch Rust $channel"
  say "Rust $channel cannot be fetched; the relay is built with $(rustup run "$name" rustc -V)"
  export RUSTUP_TOOLCHAIN=$name
}

has_wasm() { [ -d "$(rustc --print sysroot)/lib/rustlib/$wasm_target/lib" ]; }

choose_page_compiler() {
  if [ "${SOTTO_COMPILER:-}" != debian ] && [ "$(rustc -V | cut -d' ' -f2)" = "$channel" ]; then
    if has_wasm; then return 0; fi
    if have rustup; then
      say "Fetch std for $wasm_target (at most 2 minutes)"
      timeout 120 rustup target add "$wasm_target" && has_wasm && return 0
    fi
  fi
  built_by=debian
  say "The page is built with Debian's compiler: its bytes differ from the reference"
  debian_rust_is_ready || apt_install rustc-web cargo-web rust-web-src lld-22
  debian_rust_is_ready || die "Debian's rustc is $(/usr/bin/rustc -V 2>&1), older than $channel"
}

debian_rust_is_ready() {
  [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] && have wasm-ld-22 &&
    printf '%s\n' "$channel" "$(/usr/bin/rustc -V | cut -d' ' -f2)" | sort -VC
}

page_compiler() {
  if [ $built_by = debian ]; then /usr/bin/rustc -V; else rustc -V; fi
}

# wasm_cargo COMMAND ARGS: cargo for the page: the same bytes from any folder and any cargo home.
wasm_cargo() {
  local flags="-Ctarget-feature=+simd128 --remap-path-prefix=$PWD=/sotto"
  flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
  if [ $built_by = debian ]; then
    PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 \
      /usr/bin/cargo "$1" --target-dir target-debian --target $wasm_target -Zbuild-std=std,panic_abort "${@:2}"
  else
    RUSTFLAGS=$flags cargo "$1" --target-dir target --target $wasm_target "${@:2}"
  fi
}
