//! What the relay writes about itself, to standard error.
//!
//! Lines come from this crate only: what other crates would log (queries, headers, addresses) is dropped, whatever
//! level is asked for and whatever the environment says. What they say through the crate `log` (whole frames, at
//! trace) comes to the same filter, so that one test sees all of it dropped. This crate's own lines are about starts,
//! stops, tasks and counts; none is about one connection or command.

use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::LogFormat;
use crate::engine::unix_time;

/// The only target that is let through.
const TARGET: &str = "sotto_relay";

/// Starts logging, and has panics told by their place only: their message could hold anything.
pub fn start(level: LevelFilter, format: LogFormat) {
    // Fails only where somebody else has started logging in this process, as a test may.
    let _ = subscriber(level, format, std::io::stderr).try_init();
    std::panic::set_hook(Box::new(tell_panic));
}

/// What a value of `RUST_LOG` asks for of this crate: info where it says nothing. None where it is in no form that the
/// variable has.
pub fn level_of(rust_log: &str) -> Option<LevelFilter> {
    let asked = rust_log.split(',').filter(|part| !part.trim().is_empty());
    let all: Vec<&str> = std::iter::once("info").chain(asked).collect();
    let asked: Targets = all.join(",").parse().ok()?;
    let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
    let most = levels.into_iter().find(|level| asked.would_enable(TARGET, level));
    Some(most.map_or(LevelFilter::OFF, LevelFilter::from_level))
}

fn subscriber<W>(level: LevelFilter, format: LogFormat, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let only_ours = Targets::new().with_target(TARGET, level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_target(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(only_ours))
}

/// At most one line a minute: a connection may have caused it.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let minute = unix_time() / 60;
    if LAST.swap(minute, Ordering::Relaxed) == minute {
        return;
    }
    if let Some(place) = panic.location() {
        tracing::error!(target: TARGET, "a fault at {}:{}", place.file(), place.line());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn rust_log_is_read_for_this_crate() {
        for (asked, level) in [
            ("", LevelFilter::INFO),
            ("trace", LevelFilter::TRACE),
            ("off", LevelFilter::OFF),
            ("hyper=trace", LevelFilter::INFO),
            ("warn,sotto_relay=debug,hyper=trace", LevelFilter::DEBUG),
        ] {
            assert_eq!(level_of(asked), Some(level), "{asked:?}");
        }
        assert_eq!(level_of("rustls=loud"), None);
    }

    #[test]
    fn foreign_lines_are_dropped_at_every_level() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = written(format);
            assert!(text.contains("ours in detail"), "{text:?}");
            assert!(!text.contains("foreign"), "{text:?}");
        }
    }

    #[test]
    fn a_line_of_json_is_one_object() {
        let text = written(LogFormat::Json);
        assert_eq!(text.lines().count(), 1, "{text:?}");
        let start = r#"{"timestamp":""#;
        let end = r#"","level":"TRACE","message":"ours in detail","rooms":2}"#;
        let line = text.trim_end();
        assert!(line.starts_with(start) && line.ends_with(end), "{text:?}");
    }

    /// What comes of two lines of others and one of ours.
    fn written(format: LogFormat) -> String {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = subscriber(LevelFilter::TRACE, format, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(target: "rustls::client", "foreign");
            tracing::error!(target: "hyper", "foreign");
            tracing::trace!(target: "sotto_relay::jobs", rooms = 2, "ours in detail");
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }
}
