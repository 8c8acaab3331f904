# What build.sh prints: a line when a step begins, and its seconds when it ends.

say() { printf '==> %s\n' "$*"; }

die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# step "What it does" command ...
step() {
  local name=$1 started=$SECONDS
  shift
  say "$name"
  "$@" || die "$name: failed after $((SECONDS - started)) s"
  say "$name: $((SECONDS - started)) s"
}

# Installs Debian packages, as root or through sudo; without either, says what to type.
apt_install() {
  local as=()
  if [ "$(id -u)" != 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then
      as=(sudo -n)
    else
      die "missing packages; as root run: apt-get update && apt-get install --no-install-recommends $*"
    fi
  fi
  have apt-get || die "missing programs, and this is not Debian; install what these packages hold: $*"
  if [ ! -e target/apt-updated ]; then
    step "Refresh Debian's package lists" "${as[@]}" apt-get update -qq
    mkdir -p target && touch target/apt-updated
  fi
  step "Install $*" "${as[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}
