//! What a person is told of an exchange with a backend.
//!
//! Pure. A backend may repeat what it was sent, the key included, and what an HTTP stack says of a
//! certificate helps nobody who does not know it.

use crate::text::secrets;

/// How rustls begins what it says of a certificate.
const CERTIFICATE: &str = "invalid peer certificate";
const ADVICE: &str = " (a certificate is always verified: add the authority that signed it to those that \
                      the system trusts; on Linux, SSL_CERT_FILE can name them)";

/// The sentence without keys, and with what there is to do.
pub(crate) fn told(sentence: &str) -> String {
    let mut told = secrets::redacted(sentence).into_owned();
    if let Some(start) = told.find(CERTIFICATE) {
        let end = told[start..]
            .find([';', '\n'])
            .map_or(told.len(), |end| start + end);
        told.insert_str(end, ADVICE);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_key_that_a_backend_repeats_is_not_repeated() {
        let sentence = "https://host answered 401: no project for pk-lf-1234abcd-56ef-78ab";
        assert_eq!(
            told(sentence),
            "https://host answered 401: no project for pk-lf-<redacted>"
        );
    }

    #[test]
    fn a_certificate_comes_with_advice() {
        let said = told("https://host could not be reached: invalid peer certificate: Expired");
        assert!(
            said.contains("Expired (a certificate is always verified"),
            "{said}"
        );
        assert_eq!(told("connection refused"), "connection refused");
    }
}
