//! Charts as SVG, drawn here: bars from nought, a labelled scale, readable without colour, and each a table too.

use maud::{Markup, html};

use super::look::{Grain, figure};
use crate::tally::{Kind, Period};

/// A chart of one kind of count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chart {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) title: &'static str,
}

pub(super) const CHARTS: [Chart; 5] = [
    Chart {
        kind: Kind::Messages,
        name: "messages",
        title: "Messages",
    },
    Chart {
        kind: Kind::RoomsCreated,
        name: "rooms_created",
        title: "Rooms started",
    },
    Chart {
        kind: Kind::EndedByTime,
        name: "rooms_ended_expiry",
        title: "Rooms ended by time",
    },
    Chart {
        kind: Kind::Peak,
        name: "connections_peak",
        title: "Most connections",
    },
    Chart {
        kind: Kind::SendTail,
        name: "send_tail_us",
        title: "One send in a hundred took longer than",
    },
];

/// In the drawing's own units: the height of a full bar, where it stands, and from bar to bar.
const HEIGHT: u64 = 80;
const TOP: u64 = 4;
const STEP: usize = 10;
const WIDTH: usize = 8;

/// The end of the scale: 1, 2 or 5 with noughts, not below the largest count.
pub(super) fn scale(chart: Chart, periods: &[Period]) -> u64 {
    let most = periods.iter().map(|period| period.count(chart.kind)).max();
    let most = most.unwrap_or(0).max(10);
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let end = power.saturating_mul(factor);
            if end >= most {
                return end;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Where a period's bar begins, and how high it is.
pub(super) fn bar(chart: Chart, periods: &[Period], period: &Period) -> String {
    let height = period.count(chart.kind).saturating_mul(HEIGHT) / scale(chart, periods);
    format!("{} {}", TOP + HEIGHT - height, height)
}

/// The chart; `label` says when a period was.
pub(super) fn draw(
    chart: Chart,
    periods: &[Period],
    grain: Grain,
    label: impl Fn(&Period) -> String,
) -> Markup {
    let width = periods.len() * STEP;
    let end = scale(chart, periods);
    let base = TOP + HEIGHT;
    let (first, last) = (periods.first().map(&label), periods.last().map(&label));
    let most = periods.iter().max_by_key(|period| period.count(chart.kind));
    let said = match most {
        Some(period) if period.count(chart.kind) > 0 => format!(
            "{}: most at {}, {}",
            chart.title,
            label(period),
            figure(chart.kind, period.count(chart.kind), grain)
        ),
        _ => format!("{}: nothing to show", chart.title),
    };
    html! {
        figure {
            figcaption { (chart.title) }
            svg role="img" aria-label=(said) viewBox=(format!("0 0 {width} {}", base + 2)) preserveAspectRatio="none" {
                line class="grid" x1="0" x2=(width) y1=(TOP) y2=(TOP) {}
                line class="grid" x1="0" x2=(width) y1=(TOP + HEIGHT / 2) y2=(TOP + HEIGHT / 2) {}
                @for (index, period) in periods.iter().enumerate() {
                    @let bar = bar(chart, periods, period);
                    @let (y, height) = bar.split_once(' ').unwrap_or(("0", "0"));
                    @let name = format!("{}-{}", grain.letter(), chart.name);
                    rect class="bar" x=(index * STEP + 1) y=(y) width=(WIDTH) height=(height)
                        data-bar=[(index + 1 == periods.len()).then_some(name)] {}
                }
                line class="base" x1="0" x2=(width) y1=(base) y2=(base) {}
            }
            p.ends {
                span { (first.unwrap_or_default()) }
                span { "top " (figure(chart.kind, end, grain)) }
                span { (last.unwrap_or_default()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::KINDS;

    fn period(count: u64) -> Period {
        Period {
            start: 0,
            counts: [count; KINDS.len()],
        }
    }

    #[test]
    fn the_scale_ends_round_and_the_bars_begin_at_nought() {
        let [chart, ..] = CHARTS;
        for (most, end) in [(0, 10), (10, 10), (11, 20), (21, 50), (51, 100), (1001, 2000)] {
            assert_eq!(scale(chart, &[period(most)]), end);
        }
        let periods = [period(0), period(50), period(100)];
        let bars = periods.map(|one| bar(chart, &periods, &one));
        assert_eq!(bars, ["84 0", "44 40", "4 80"]);
    }
}
