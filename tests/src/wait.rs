//! Waiting for a condition: polled until it holds, never slept for luck.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long a test waits for what should happen at once on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Polls until `look` gives a value. `what` is named if it never does.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, look).await
}

/// The same for what may take another time.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = look().await? {
            return Ok(value);
        }
        if start.elapsed() > patience {
            bail!("waited {} s for {what}", patience.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
