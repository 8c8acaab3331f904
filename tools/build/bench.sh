# The figures of docs/benchmarks.md: page as served, relay and tool in the release profile.

bench() {
  if [ "${1:-}" = layers ]; then
    bench_layers "${@:2}"
    return
  fi
  setup_build
  # Only these open pages, and everything does; --check does not.
  case ${1:-} in "" | open | resume | visit | page | --[!c]*) setup_browsers ;; esac
  case ${1:-} in "" | page | --[!c]*) setup_hash_wasm ;; esac
  case " $* " in *" --peers "*) have nats-server || apt_install nats-server ;; esac
  build_page -p sotto-page -p sotto-relay
  step "Build relay and bench (release)" cargo build --locked --release -p sotto-relay -p sotto-bench --bins
  target/release/sotto-bench "$@"
}

# In a workspace of its own: docs/decisions/websocket-layer.md.
bench_layers() {
  have cc || apt_install gcc libc6-dev
  choose_toolchain
  step "Build the layers and their load (release)" \
    cargo build --locked --release --manifest-path bench/layers/Cargo.toml --target-dir target/layers
  target/layers/release/sotto-layers "$@"
}

# Argon2id as most pages have it, to compare with.
hash_wasm_version=4.13.0
setup_hash_wasm() {
  setup_node
  local root=$cache/hash-wasm-$hash_wasm_version
  export SOTTO_HASH_WASM=$root/node_modules/hash-wasm/dist/argon2.umd.min.js
  [ -e "$SOTTO_HASH_WASM" ] || step "Fetch hash-wasm $hash_wasm_version" \
    npm install --silent --no-save --no-package-lock --prefix "$root" hash-wasm@$hash_wasm_version
}
