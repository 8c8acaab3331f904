# How a phone on a slow line would load the page, as Lighthouse (mobile preset) judges it.

lighthouse_version=12.8.2

# Category, and the least that it must reach.
lighthouse_limits="accessibility=100 best-practices=100 performance=95"

lighthouse() {
  setup_build
  setup_browsers
  setup_node
  build_page -p sotto-page -p sotto-relay
  step "Build the relay (release)" cargo build --locked --release -p sotto-relay --bins
  local root=$cache/lighthouse-$lighthouse_version data address pid status=0
  [ -e "$root/node_modules/lighthouse/cli/index.js" ] || step "Fetch Lighthouse $lighthouse_version" \
    npm install --silent --no-save --no-package-lock --prefix "$root" lighthouse@$lighthouse_version
  data=$(mktemp -d)
  : >"$data/log"
  target/release/sotto-relay serve --listen 127.0.0.1:0 --data "$data" 2>"$data/log" &
  pid=$!
  until address=$(grep -o 'http://[0-9.:]*' "$data/log"); do kill -0 $pid || die "the relay ended"; done
  local page
  for page in / /about /verify; do
    judge "$root" "$address$page" "$data/report.json" || status=1
  done
  kill $pid
  wait $pid || true
  rm -rf "$data"
  return $status
}

# judge FOLDER ADDRESS REPORT: one page, its figures, and whether they reach the limits.
judge() {
  local flags="--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
  CHROME_PATH=$(command -v chromium) node "$1/node_modules/lighthouse/cli/index.js" "$2" --quiet --output=json \
    --output-path="$3" --only-categories=performance,accessibility,best-practices --chrome-flags="$flags"
  node -e '
    const [, report, page, limits] = process.argv;
    const { categories, audits } = JSON.parse(require("fs").readFileSync(report));
    let missed = 0;
    for (const [name, least] of limits.split(" ").map((limit) => limit.split("="))) {
      const score = Math.round(categories[name].score * 100);
      if (score < least) missed = 1;
      console.log(`${page} ${name}: ${score} of 100, at least ${least}`);
      for (const { id, weight } of categories[name].auditRefs) {
        const audit = audits[id];
        if (weight > 0 && audit.score !== null && audit.score < 1) console.log(`  ${id}: ${audit.displayValue ?? audit.title}`);
      }
    }
    process.exit(missed);' "$3" "$2" "$lighthouse_limits"
}
