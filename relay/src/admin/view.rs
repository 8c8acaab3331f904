//! The dashboard's pages.

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, html};

use sha2::{Digest as _, Sha256};

use super::action::Action;
use super::chart::{CHARTS, draw};
use super::look::{Grain, Look, figure, state};
use crate::tally::{KINDS, Kind, Period};

/// The module that changes figures. The page's headers let no script run without its hash.
pub(super) const LIVE: &str = include_str!("files/live.js");
static LIVE_HASH: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(LIVE));
    format!("sha256-{hash}")
});

/// The page's own list of colours and sizes, and what dresses the dashboard with them.
pub(super) static STYLE: LazyLock<String> = LazyLock::new(|| {
    let page = include_str!("../../../www/style.css");
    let list = page.split_once("\n*,\n").map_or(page, |(list, _)| list);
    [list, "\n", include_str!("files/style.css")].concat()
});

/// What stands in the tables of hours and days; the other kinds have a table of their own.
const COLUMNS: [(Kind, &str); 12] = [
    (Kind::RoomsCreated, "Rooms started"),
    (Kind::EndedByTime, "ended by time"),
    (Kind::EndedByHand, "by hand"),
    (Kind::EndedByVacate, "by leaving"),
    (Kind::Messages, "Messages"),
    (Kind::Edits, "Edits"),
    (Kind::Deletes, "Deletes"),
    (Kind::Reads, "Reads"),
    (Kind::Peak, "Most connections"),
    (Kind::SendMedian, "Send, median"),
    (Kind::SendTail, "Send, 99 in 100"),
    (Kind::Fault(crate::faults::Fault::Unavailable), "Not stored"),
];

fn page(title: &str, live: bool, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/admin/style.css";
                @if live { script type="module" src="/admin/live.js" integrity=(*LIVE_HASH) {} }
            }
            body { main { (main) } }
        }
    }
}

/// Asks for the password; `told` says what was wrong.
pub(super) fn login(told: Option<&str>) -> Markup {
    page(
        "Sotto: log in",
        false,
        &html! {
            h1 { "The relay's dashboard" }
            @if let Some(told) = told { p.told role="alert" { (told) } }
            form.narrow method="post" action="/admin/login" {
                label for="password" { "Password" }
                input id="password" name="password" type="password" autocomplete="current-password" required autofocus;
                button.main type="submit" { "Log in" }
            }
        },
    )
}

/// There is no password yet, or it cannot be read.
pub(super) fn none(why: &str) -> Markup {
    page(
        "Sotto: no password",
        false,
        &html! {
            h1 { "The relay's dashboard" }
            p { (why) }
            p { "On the relay's machine, as the user that it runs as, with the same data folder:" }
            pre { code { "sotto-relay admin-password" } }
        },
    )
}

/// Asks whether an action is meant.
pub(super) fn confirm(action: Action, form: &str) -> Markup {
    page(
        "Sotto: confirm",
        false,
        &html! {
            h1 { (action.name()) "?" }
            p { (action.what()) }
            form method="post" action={ "/admin/do/" (action.path()) } {
                input type="hidden" name="form" value=(form);
                p.row {
                    button.main type="submit" { (action.name()) }
                    a.button href="/admin" { "Back" }
                }
            }
        },
    )
}

/// Everything.
pub(super) fn dashboard(look: &Look, form: &str, result: Option<&str>) -> Markup {
    let now = look.now();
    page(
        "Sotto: dashboard",
        true,
        &html! {
            header.row {
                h1 { "The relay" }
                form method="post" action="/admin/logout" {
                    input type="hidden" name="form" value=(form);
                    button type="submit" { "Log out" }
                }
            }
            p.told role="status" id="result" { (result.unwrap_or_default()) }
            section aria-labelledby="now" data-version=(look.version()) {
                h2 id="now" { "Now" }
                dl.figures {
                    @for (name, words, value) in &now {
                        div { dt { (words) } dd data-live=(name) { (value) } }
                    }
                    div { dt { "Version" } dd { (env!("CARGO_PKG_VERSION")) } }
                    div { dt { "Page" } dd.hash { (env!("SOTTO_PAGE_HASH")) } }
                }
            }
            section aria-labelledby="actions" {
                h2 id="actions" { "Actions" }
                ul.actions {
                    @for action in Action::offered(look.open) {
                        li { a.button href={ "/admin/confirm/" (action.path()) } { (action.name()) } }
                    }
                }
            }
            (periods("The last 24 hours", "hours", &look.hours, Grain::Hour))
            (periods("The last 30 days", "days", &look.days, Grain::Day))
            (tasks(look))
            (others(look))
        },
    )
}

fn periods(title: &str, id: &str, periods: &[Period], grain: Grain) -> Markup {
    let label = |period: &Period| when(period.start, grain);
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            p.small { "Times are UTC." @if grain == Grain::Hour { " Fewer than five in an hour are not told apart: < 5." } }
            div.charts { @for chart in CHARTS { (draw(chart, periods, grain, label)) } }
            details {
                summary { "As a table" }
                div.wide tabindex="0" role="region" aria-label={ (title) ", as a table" } {
                    table {
                        thead { tr { th scope="col" { "From" } @for (_, words) in COLUMNS { th scope="col" { (words) } } } }
                        tbody {
                            @for (back, period) in periods.iter().rev().enumerate() {
                                tr {
                                    th scope="row" { (label(period)) }
                                    @for (kind, _) in COLUMNS {
                                        td data-live=[(back == 0).then(|| live(kind, grain))] {
                                            (figure(kind, period.count(kind), grain))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tasks(look: &Look) -> Markup {
    html! {
        section aria-labelledby="tasks" {
            h2 id="tasks" { "Tasks" }
            dl.figures {
                @for task in &look.tasks {
                    div { dt { (task.name) } dd data-live={ "task-" (task.name) } { (state(task)) } }
                }
            }
        }
    }
}

/// Refusals and faults, by kind.
fn others(look: &Look) -> Markup {
    let (hour, day) = (look.hours.last(), look.days.last());
    let cell = |period: Option<&Period>, kind, grain| {
        period.map_or_else(String::new, |period| figure(kind, period.count(kind), grain))
    };
    html! {
        section aria-labelledby="others" {
            h2 id="others" { "Refusals and faults" }
            div.wide tabindex="0" role="region" aria-label="Refusals and faults, as a table" {
                table {
                    thead { tr { th scope="col" { "Kind" } th scope="col" { "This hour" } th scope="col" { "Today" } } }
                    tbody {
                        @for (kind, name) in KINDS {
                            @if matches!(kind, Kind::Refused(_) | Kind::Fault(_)) {
                                tr {
                                    th scope="row" { (name.replace('_', " ").replacen(' ', ": ", 1)) }
                                    td data-live=(live(kind, Grain::Hour)) { (cell(hour, kind, Grain::Hour)) }
                                    td data-live=(live(kind, Grain::Day)) { (cell(day, kind, Grain::Day)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn live(kind: Kind, grain: Grain) -> String {
    let name = KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("", |(_, name)| name);
    format!("{}-{name}", grain.letter())
}

/// When a period began: the hour, or the day and the month.
fn when(start: u64, grain: Grain) -> String {
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(start)).to_string();
    // 2026-11-24T13:00:00Z
    let part = match grain {
        Grain::Hour => time.get(11..16),
        Grain::Day => time.get(5..10),
    };
    part.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{DAY, HOUR};

    /// Breaks when: the page's list is not at the top of its stylesheet any more.
    #[test]
    fn the_colours_are_those_of_the_page() {
        let (list, ours) = STYLE.split_once("\n/* The dashboard.").unwrap();
        assert!(list.contains("--paper:") && list.contains("(prefers-color-scheme: dark)"));
        assert!(list.ends_with("}\n") && !list.contains("[hidden]"), "{list}");
        assert!(!ours.contains(":root"));
    }

    #[test]
    fn dates_are_right() {
        for (days, date) in [(0, "01-01"), (59, "03-01"), (11_016, "02-29"), (20_781, "11-24")] {
            assert_eq!(when(days * DAY, Grain::Day), date);
        }
        assert_eq!(when(DAY + 13 * HOUR, Grain::Hour), "13:00");
    }
}
