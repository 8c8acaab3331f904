//! What a refusal says to whoever reads it in a browser, where the answer has no words of its own.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

/// The answer, with a sentence if it is a refusal without any.
pub(super) fn in_words(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.headers().contains_key(CONTENT_TYPE) {
        return response;
    }
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    head.headers.insert(CONTENT_TYPE, kind);
    Response::from_parts(head, Body::from(sentence(status)))
}

/// In the languages of the page.
const fn sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => {
            "There is nothing at this address. Look whether it is written right.\n\
             Unter dieser Adresse ist nichts. Sieh nach, ob sie richtig geschrieben ist.\n"
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not take what was sent. Nothing was changed.\n\
             Diese Adresse nimmt nicht an, was gesendet wurde. Nichts wurde geändert.\n"
        }
        StatusCode::FORBIDDEN => {
            "This did not come from a page that is open here. Nothing was changed. Load the page again, then try again.\n\
             Das kam von keiner Seite, die hier offen ist. Nichts wurde geändert. Lade die Seite neu, und versuch es dann noch einmal.\n"
        }
        _ => {
            "The relay could not do this. Try again later, or ask whoever runs it.\n\
             Das Relay konnte das nicht tun. Versuch es später noch einmal, oder frag, wer es betreibt.\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_refusal_without_words_gets_some_in_both_languages() {
        for number in 200..600 {
            let status = StatusCode::from_u16(number).unwrap();
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            let response = in_words(response);
            let said = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
            let lines = String::from_utf8(said.to_vec()).unwrap();
            let lines: Vec<_> = lines.lines().collect();
            let wanted = if number < 400 { 0 } else { 2 };
            assert_eq!(lines.len(), wanted, "{status}: {lines:?}");
            assert!(
                lines.iter().all(|line| line.ends_with('.')),
                "{status}: {lines:?}"
            );
        }
    }

    #[tokio::test]
    async fn what_has_words_keeps_them() {
        let mut response = Response::new(Body::from("own"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        let said = axum::body::to_bytes(in_words(response).into_body(), 1000)
            .await
            .unwrap();
        assert_eq!(said, "own");
    }
}
