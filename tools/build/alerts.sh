# The alert rules, as Debian's promtool reads them.

alerts() {
  have promtool || apt_install prometheus
  step "Check the alert rules" promtool check rules --lint-fatal deploy/alerts.yml
}
