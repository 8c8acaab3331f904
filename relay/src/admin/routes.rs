//! The requests of the dashboard's listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use maud::Markup;
use zeroize::Zeroizing;

use super::action::Action;
use super::look::Look;
use super::password::{self, Kept};
use super::session::Session;
use super::{Admin, TICK, metrics, view};
use crate::health;

/// How long a form may be.
const FORM: usize = 4 * 1024;

type Shown = State<Arc<Admin>>;

pub(super) fn router(admin: Arc<Admin>) -> Router {
    Router::new()
        .route("/", get(async || to_dashboard()))
        .route("/admin", get(dashboard))
        .route("/admin/login", post(login))
        .route("/admin/logout", post(logout))
        .route("/admin/confirm/{action}", get(confirm))
        .route("/admin/do/{action}", post(act))
        .route("/admin/live", get(live))
        .route(
            "/admin/style.css",
            get(async || file("text/css; charset=utf-8", &view::STYLE)),
        )
        .route(
            "/admin/live.js",
            get(async || file("text/javascript; charset=utf-8", view::LIVE)),
        )
        // A browser asks for it by itself.
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/metrics", get(measured))
        .route("/healthz", get(healthy))
        .layer(DefaultBodyLimit::max(FORM))
        .with_state(admin)
}

fn file(content_type: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], content).into_response()
}

fn html(status: StatusCode, page: Markup) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, kind, page.into_string()).into_response()
}

fn to_dashboard() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/admin")]).into_response()
}

async fn measured(State(admin): Shown) -> Response {
    match metrics::text(&admin.shared) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn healthy(State(admin): Shown, RawQuery(query): RawQuery) -> Response {
    if query.as_deref() != Some("verbose") {
        return health::endpoint(State(Arc::clone(&admin.shared)))
            .await
            .into_response();
    }
    let (well, report) = admin.shared.health.report(Instant::now());
    let report = report + &admin.shared.space.report();
    let status = if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, report).into_response()
}

async fn dashboard(State(admin): Shown, headers: HeaderMap) -> Response {
    let kept = match admin.password() {
        Ok(kept) => kept,
        Err(page) => return page,
    };
    match admin.session(&headers, &kept, true, |session| {
        (session.form.clone(), session.result.clone())
    }) {
        Some((form, result)) => {
            let look = Look::at(&admin.shared);
            html(StatusCode::OK, view::dashboard(&look, &form, result.as_deref()))
        }
        None => html(StatusCode::OK, view::login(None)),
    }
}

async fn login(State(admin): Shown, headers: HeaderMap, body: Bytes) -> Response {
    if is_foreign(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let kept = match admin.password() {
        Ok(kept) => kept,
        Err(page) => return page,
    };
    if let Err(wait) = admin.sessions().attempt(Instant::now()) {
        let told = format!("Too many attempts. Try again in {} s.", wait.as_secs().max(1));
        return html(StatusCode::TOO_MANY_REQUESTS, view::login(Some(&told)));
    }
    let shown = Zeroizing::new(field(&body, "password").unwrap_or_default());
    let mark = kept.mark();
    let is_right = {
        let _one = admin.checking.lock().await;
        let checked = tokio::task::spawn_blocking(move || kept.is(&shown)).await;
        matches!(checked, Ok(Ok(true)))
    };
    if !is_right {
        return html(
            StatusCode::FORBIDDEN,
            view::login(Some("This is not the password.")),
        );
    }
    let begun = admin.sessions().begin(mark, Instant::now());
    let Ok(cookie) = begun else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = to_dashboard();
    admin.set_cookie(&mut response, &cookie, "");
    response
}

async fn logout(State(admin): Shown, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(page) = admin.form(&headers, &body) {
        return page;
    }
    if let Some(cookie) = admin.cookie(&headers) {
        admin.sessions().end(cookie);
    }
    let mut response = to_dashboard();
    admin.set_cookie(&mut response, "", "; Max-Age=0");
    response
}

async fn confirm(State(admin): Shown, Path(action): Path<String>, headers: HeaderMap) -> Response {
    let kept = match admin.password() {
        Ok(kept) => kept,
        Err(page) => return page,
    };
    let Some(action) = Action::of(&action) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match admin.session(&headers, &kept, true, |session| {
        session.result = None;
        session.form.clone()
    }) {
        Some(form) => html(StatusCode::OK, view::confirm(action, &form)),
        None => to_dashboard(),
    }
}

async fn act(State(admin): Shown, Path(action): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let kept = match admin.form(&headers, &body) {
        Ok(kept) => kept,
        Err(page) => return page,
    };
    let Some(action) = Action::of(&action) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let result = action.run(&admin.shared).await;
    admin.forget_lines();
    tracing::info!("from the dashboard: {}", action.name());
    admin.session(&headers, &kept, true, |session| session.result = Some(result));
    to_dashboard()
}

/// Figures as they change, until the session ends or the relay does.
async fn live(State(admin): Shown, headers: HeaderMap) -> Response {
    let kept = match admin.password() {
        Ok(kept) => kept,
        Err(page) => return page,
    };
    if admin.session(&headers, &kept, false, |_| ()).is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let shutdown = admin.shared.shutdown.clone();
    let start = (admin, headers, shutdown, tokio::time::interval(TICK));
    let events = futures_util::stream::unfold(Some(start), |going| async {
        let (admin, headers, mut shutdown, mut ticks) = going?;
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => return None,
        }
        let is_open = admin
            .password()
            .is_ok_and(|kept| admin.session(&headers, &kept, false, |_| ()).is_some());
        if !is_open {
            let over = Event::default().event("over").data("over");
            return Some((Ok::<_, Infallible>(over), None));
        }
        let lines = admin.lines(Instant::now());
        Some((
            Ok(Event::default().data(&*lines)),
            Some((admin, headers, shutdown, ticks)),
        ))
    });
    Sse::new(events).into_response()
}

#[expect(
    clippy::result_large_err,
    reason = "an answer is returned as it is, once a request"
)]
impl Admin {
    /// The password, or the page that says why there is none.
    fn password(&self) -> Result<Kept, Response> {
        let page = |why: &str| html(StatusCode::SERVICE_UNAVAILABLE, view::none(why));
        match password::load(&self.shared.config.data) {
            Ok(Some(kept)) => Ok(kept),
            Ok(None) => Err(page("No password is set, so nobody can log in.")),
            Err(_) => Err(page("The password cannot be read. Set it again.")),
        }
    }

    fn cookie_name(&self) -> &'static str {
        if self.shared.config.admin.tls {
            "__Host-sotto-admin"
        } else {
            "sotto-admin"
        }
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == self.cookie_name()).then_some(value))
    }

    fn set_cookie(&self, response: &mut Response, value: &str, more: &str) {
        let secure = if self.shared.config.admin.tls {
            "; Secure"
        } else {
            ""
        };
        let cookie = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}",
            self.cookie_name()
        );
        if let Ok(cookie) = header::HeaderValue::try_from(cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }

    /// Does something with the request's session, if it has one.
    fn session<T>(
        &self,
        headers: &HeaderMap,
        kept: &Kept,
        uses: bool,
        then: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let cookie = self.cookie(headers)?;
        let mut sessions = self.sessions();
        sessions.find(cookie, kept.mark(), uses, Instant::now()).map(then)
    }

    /// Whether a form is of the session that the request has; if not, what is answered.
    fn form(&self, headers: &HeaderMap, body: &Bytes) -> Result<Kept, Response> {
        if is_foreign(headers) {
            return Err(StatusCode::FORBIDDEN.into_response());
        }
        let kept = self.password()?;
        let shown = field(body, "form").unwrap_or_default();
        match self.session(headers, &kept, true, |session| session.is_own(&shown)) {
            Some(true) => Ok(kept),
            Some(false) => Err(StatusCode::FORBIDDEN.into_response()),
            None => Err(to_dashboard()),
        }
    }
}

/// Whether the browser says that another site sent this.
fn is_foreign(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none")
}

fn field(body: &Bytes, name: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
