//! What the proxies write down, searched for the visitor's address: with the files as they are, and with the lines taken
//! out that keep it from being written.

use anyhow::{Result, ensure};
use sotto_tests::relay_process::RelayProcess;

use super::front::{Edit, Front, Kind};
use super::{BEHIND, UPGRADE, VISITOR, ask};

/// All that a proxy wrote while a visitor came, had a WebSocket, and came again when the relay was down; and what the relay
/// wrote.
async fn written(kind: Kind, edits: &[Edit<'_>]) -> Result<(String, String)> {
    let mut relay = RelayProcess::start(&BEHIND).await?;
    let front = Front::start(kind, relay.address(), edits).await?;
    let health = ask(front.address(), "/healthz", "").await?;
    ensure!(health.starts_with("HTTP/1.1 200"), "{health}");
    let socket = ask(front.address(), "/ws", UPGRADE).await?;
    ensure!(socket.starts_with("HTTP/1.1 101"), "{socket}");
    if kind == Kind::Nginx {
        ask(front.plain(), "/", "").await?;
    }
    ensure!(relay.process().terminate().await?, "the relay did not end well");
    let down = ask(front.address(), "/healthz", "").await?;
    ensure!(down.starts_with("HTTP/1.1 502"), "{down}");
    Ok((front.stop().await?, relay.process().printed()))
}

#[tokio::test]
async fn no_log_holds_a_visitor_s_address() -> Result<()> {
    for kind in Kind::ALL {
        let (proxy, relay) = written(kind, &[]).await?;
        ensure!(!proxy.contains(VISITOR), "{kind:?}: {proxy}");
        ensure!(!relay.is_empty() && !relay.contains(VISITOR), "{kind:?}: {relay}");
    }
    Ok(())
}

#[tokio::test]
async fn without_the_lines_that_prevent_it_logs_do_hold_it() -> Result<()> {
    let controls: [(Kind, Edit<'_>, &str); 4] = [
        (
            Kind::Nginx,
            ("    access_log off;\n", ""),
            "\"GET /ws HTTP/1.1\" 101",
        ),
        (
            Kind::Nginx,
            ("    error_log /dev/null emerg;\n", ""),
            "connect() failed",
        ),
        (
            Kind::Caddy,
            ("\t\texclude http.log http.handlers http.stdlib\n", ""),
            "connection refused",
        ),
        (
            Kind::Caddy,
            (
                "\t\texclude http.log http.handlers http.stdlib\n\t}\n}\n\nrelay.example {",
                "\t}\n}\n\nrelay.example {\n\tlog",
            ),
            "\"uri\":\"/ws\"",
        ),
    ];
    for (kind, edit, word) in controls {
        let (proxy, _) = written(kind, &[edit]).await?;
        ensure!(
            proxy.contains(VISITOR) && proxy.contains(word),
            "{edit:?}: {proxy}"
        );
    }
    Ok(())
}
