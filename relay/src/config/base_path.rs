//! The path of a site under which the relay is reached.

/// How long it may be, in bytes.
const LONGEST: usize = 128;

/// A path without the slash at its end: `/some/path`.
pub(super) fn base_path(text: &str) -> Result<String, String> {
    let path = text.strip_suffix('/').unwrap_or(text);
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    let is_right = path.len() <= LONGEST
        && path
            .strip_prefix('/')
            .is_some_and(|parts| parts.split('/').all(is_part));
    is_right.then(|| path.to_owned()).ok_or_else(|| {
        format!(
            "must be a path like /some/path: a slash before each part, in a part letters, digits and - . _ ~ after the first, no \
             query, no %XX, at most {LONGEST} bytes"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::Config;

    #[test]
    fn a_path_begins_with_a_slash_and_leads_nowhere_else() {
        let base = |text: &str| {
            Config::from_flags(["--base-path", text]).map(|config| config.base_path().to_owned())
        };
        assert_eq!(base("/some/path").unwrap(), "/some/path");
        assert_eq!(base("/some/path/").unwrap(), "/some/path");
        assert_eq!(base("/a-b_c.d~e/1").unwrap(), "/a-b_c.d~e/1");
        assert_eq!(Config::from_flags::<&str>([]).unwrap().base_path(), "");
        let long = format!("/{}", "a".repeat(128));
        for wrong in [
            "",
            "/",
            "//",
            "some/path",
            "/some//path",
            "/some/path//",
            "/..",
            "/some/../path",
            "/./path",
            "/.well-known",
            "/some?path",
            "/some#path",
            "/some%2fpath",
            "/{path}",
            "/:path",
            "/*path",
            "/some path",
            "/s\u{f6}me",
            "/some\\path",
            "https://relay.example/some",
            long.as_str(),
        ] {
            let told = base(wrong).unwrap_err().to_string();
            assert!(
                told.contains("--base-path") && told.contains("/some/path"),
                "{wrong:?}: {told}"
            );
        }
    }
}
