//! Who is logged in, and how often somebody may try to. In memory: a relay that is started anew knows nobody.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::password::hex;

/// How many may be logged in; one more ends the one that was idle longest.
const MOST: usize = 64;
/// How many attempts may follow each other at once, and how long it takes until there is one more.
const ATTEMPTS: (u32, Duration) = (10, Duration::from_secs(6));

/// One who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    last: Instant,
    /// What a form of this session carries.
    pub(super) form: String,
    /// The password that was shown.
    password: [u8; 32],
    /// What the last action came to.
    pub(super) result: Option<String>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Sessions {
    idle: Duration,
    /// By the hash of the cookie, so that looking one up says nothing of another.
    open: HashMap<[u8; 32], Session>,
    attempts: u32,
    refilled: Instant,
}

impl Sessions {
    pub(super) fn new(idle: Duration, now: Instant) -> Self {
        Self {
            idle,
            open: HashMap::new(),
            attempts: ATTEMPTS.0,
            refilled: now,
        }
    }

    /// Takes one attempt; if there is none, how long to wait.
    pub(super) fn attempt(&mut self, now: Instant) -> Result<(), Duration> {
        let (most, each) = ATTEMPTS;
        let more = now.saturating_duration_since(self.refilled).as_secs() / each.as_secs().max(1);
        let more = u32::try_from(more).unwrap_or(most);
        if more > 0 {
            self.attempts = self.attempts.saturating_add(more).min(most);
            self.refilled += each * more;
        }
        if self.attempts == most {
            self.refilled = now;
        }
        match self.attempts.checked_sub(1) {
            Some(left) => {
                self.attempts = left;
                Ok(())
            }
            None => Err(each.saturating_sub(now.saturating_duration_since(self.refilled))),
        }
    }

    /// Logs somebody in who has shown this password. Gives the cookie's value.
    pub(super) fn begin(&mut self, password: [u8; 32], now: Instant) -> Result<String, getrandom::Error> {
        self.sweep(now);
        if self.open.len() >= MOST
            && let Some(oldest) = self.open.iter().min_by_key(|(_, session)| session.last)
        {
            let oldest = *oldest.0;
            self.open.remove(&oldest);
        }
        let (cookie, form) = (random()?, random()?);
        let session = Session {
            last: now,
            form,
            password,
            result: None,
        };
        self.open.insert(key(&cookie), session);
        Ok(cookie)
    }

    /// The session of a cookie, if it is open and the password is still this one. `uses` says whether somebody did
    /// something: what a page fetches by itself does not keep it open.
    pub(super) fn find(
        &mut self,
        cookie: &str,
        password: [u8; 32],
        uses: bool,
        now: Instant,
    ) -> Option<&mut Session> {
        self.sweep(now);
        let session = self.open.get_mut(&key(cookie))?;
        if session.password != password {
            return None;
        }
        if uses {
            session.last = now;
        }
        Some(session)
    }

    pub(super) fn end(&mut self, cookie: &str) {
        self.open.remove(&key(cookie));
    }

    fn sweep(&mut self, now: Instant) {
        let idle = self.idle;
        self.open
            .retain(|_, session| now.saturating_duration_since(session.last) < idle);
    }
}

impl Session {
    /// Whether a form is of this session.
    pub(super) fn is_own(&self, form: &str) -> bool {
        self.form.as_bytes().ct_eq(form.as_bytes()).into()
    }
}

fn key(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie).into()
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const SET: [u8; 32] = [1; 32];

    #[test]
    fn ends_after_an_idle_hour_and_with_another_password() {
        let start = Instant::now();
        let mut sessions = Sessions::new(HOUR, start);
        let cookie = sessions.begin(SET, start).unwrap();
        let minute = Duration::from_mins(1);
        assert!(sessions.find(&cookie, SET, true, start + minute * 59).is_some());
        // What the page asks by itself counts for nothing.
        assert!(sessions.find(&cookie, SET, false, start + minute * 118).is_some());
        assert!(sessions.find(&cookie, [2; 32], false, start + HOUR).is_none());
        assert!(sessions.find(&cookie, SET, true, start + minute * 119).is_none());
        let other = sessions.begin(SET, start + HOUR * 3).unwrap();
        assert_ne!(cookie, other);
        assert_eq!(other.len(), 64);
        sessions.end(&other);
        assert!(sessions.find(&other, SET, true, start + HOUR * 3).is_none());
    }

    #[test]
    fn a_form_is_of_its_session() {
        let now = Instant::now();
        let mut sessions = Sessions::new(HOUR, now);
        let cookies = [(); 2].map(|()| sessions.begin(SET, now).unwrap());
        let [one, two] = cookies.map(|cookie| sessions.find(&cookie, SET, true, now).unwrap().clone());
        assert!(one.is_own(&one.form) && !one.is_own(&two.form) && !one.is_own(""));
    }

    #[test]
    fn attempts_are_few() {
        let start = Instant::now();
        let mut sessions = Sessions::new(HOUR, start);
        for _ in 0..10 {
            sessions.attempt(start).unwrap();
        }
        assert_eq!(sessions.attempt(start), Err(Duration::from_secs(6)));
        let later = start + Duration::from_secs(7);
        sessions.attempt(later).unwrap();
        assert_eq!(sessions.attempt(later), Err(Duration::from_secs(5)));
        // However long nobody tries, there are not more than ten.
        let late = start + HOUR;
        for _ in 0..10 {
            sessions.attempt(late).unwrap();
        }
        assert!(sessions.attempt(late).is_err());
    }
}
