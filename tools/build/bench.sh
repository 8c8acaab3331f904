# The figures of docs/benchmarks.md: page as served, relay and tool in the release profile.

bench() {
  setup_build
  # Only these open pages.
  case ${1:-} in "" | open | resume | visit | -*) setup_browsers ;; esac
  case " $* " in *" --peers "*) have nats-server || apt_install nats-server ;; esac
  build_page -p sotto-page -p sotto-relay
  step "Build relay and bench (release)" cargo build --locked --release -p sotto-relay -p sotto-bench --bins
  target/release/sotto-bench "$@"
}
