//! What a person reads of an exchange with a backend.
//!
//! Pure. A backend may repeat what it was sent, the key included, and what an HTTP stack says of a
//! certificate helps only those who know it.

use crate::text::secrets;

/// Characters that are kept of a sentence.
const LONGEST: usize = 300;

/// How rustls begins what it says of a certificate.
const CERTIFICATE: &str = "invalid peer certificate";

/// One line without keys, with what there is to do, and not too long.
pub(crate) fn sentence(text: &str) -> String {
    with_advice(&secrets::redacted(text))
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn with_advice(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(start) = text.find(CERTIFICATE) {
        let end = text[start..]
            .find([';', '\n'])
            .map_or(text.len(), |end| start + end);
        let advice = advice_for(&text[start..end]);
        text.insert_str(end, advice);
    }
    text
}

/// What to do about a certificate, by what rustls says of it.
fn advice_for(problem: &str) -> &'static str {
    let problem = problem.to_ascii_lowercase();
    if problem.contains("expired") {
        " (renew the server's certificate, or correct this machine's clock)"
    } else if problem.contains("not valid yet") || problem.contains("notvalidyet") {
        " (correct this machine's clock, or wait until the server's certificate is valid)"
    } else if problem.contains("not valid for") || problem.contains("notvalidforname") {
        " (use the host name that the server's certificate was issued for)"
    } else {
        " (a certificate is always verified: add the authority that signed it to those that the system \
         trusts; on Linux, SSL_CERT_FILE can name them)"
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_key_that_a_backend_repeats_is_not_repeated() {
        assert_eq!(
            sentence("https://host answered 401: no project for pk-lf-1234abcd-56ef-78ab"),
            "https://host answered 401: no project for pk-lf-<redacted>"
        );
    }

    #[test]
    fn each_problem_with_a_certificate_has_its_own_advice() {
        for (problem, advice) in [
            ("UnknownIssuer", "add the authority that signed it"),
            ("Expired", "renew the server's certificate"),
            (
                "certificate expired: verified at 5",
                "correct this machine's clock",
            ),
            ("certificate not valid for name \"a\"", "use the host name"),
        ] {
            let problem =
                format!("https://host could not be reached: invalid peer certificate: {problem}");
            let sentence = sentence(&problem);
            assert!(sentence.starts_with(&problem), "{sentence}");
            assert!(sentence.contains(advice), "{sentence}");
        }
        assert_eq!(sentence("connection refused"), "connection refused");
    }

    #[test]
    fn it_is_one_line_and_not_too_long() {
        let sentence = sentence(&"first\nsecond ".repeat(1_000));
        assert!(sentence.starts_with("first second first"), "{sentence}");
        assert!(sentence.len() <= super::LONGEST);
    }
}
