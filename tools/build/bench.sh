# The figures of docs/benchmarks.md: page as served, relay and tool in the release profile.

bench() {
  setup_build
  setup_browsers
  build_page -p sotto-page -p sotto-relay
  step "Build relay and bench (release)" cargo build --locked --release -p sotto-relay -p sotto-bench --bins
  target/release/sotto-bench "$@"
}
