//! What a spool file holds.
//!
//! Pure. A line of JSON, then the request's body as it goes over the wire. The line says for whom the
//! request is, as a hash of the endpoint and the public part of the account: no key is ever written
//! to disk, and a file is sent only to the backend it was made for. A body that does not match its
//! checksum is not sent.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use crate::otlp::encoded::{Compression, Encoded};
use crate::text::hex::hex;

const VERSION: u32 = 1;
/// A header that is longer than this, in bytes, is none.
const LONGEST_HEADER: usize = 4 << 10;

/// Whose file it is: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addressee(String);

impl Addressee {
    /// Neither password nor query of the address are part of it: they may be secrets.
    pub(crate) fn new(url: &Url, account: &str) -> Self {
        let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
        Self(hex(&Sha256::digest(format!("{place}\n{account}"))))
    }

    /// The beginning, for names of files.
    pub(super) fn tag(&self) -> &str {
        &self.0[..16]
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    tracing_genai_spool: u32,
    addressee: String,
    spans: u64,
    encoding: String,
    bytes: usize,
    sha256: String,
}

/// Why a file cannot be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is for somebody else, or of a later version of this crate.
    Foreign,
    /// It is not what was written.
    Corrupt(&'static str),
}

pub(super) fn write(request: &Encoded, addressee: &Addressee) -> Vec<u8> {
    let header = Header {
        tracing_genai_spool: VERSION,
        addressee: addressee.0.clone(),
        spans: request.spans,
        encoding: match request.compression {
            Compression::Gzip => "gzip".into(),
            Compression::None => "identity".into(),
        },
        bytes: request.body.len(),
        sha256: hex(&Sha256::digest(&request.body)),
    };
    // Numbers and short texts: nothing that JSON could refuse.
    let mut file = serde_json::to_vec(&header).unwrap_or_default();
    file.push(b'\n');
    file.extend_from_slice(&request.body);
    file
}

pub(super) fn read(file: Vec<u8>, addressee: &Addressee) -> Result<Encoded, Unreadable> {
    let end = file.iter().take(LONGEST_HEADER).position(|&b| b == b'\n');
    let end = end.ok_or(Unreadable::Corrupt("it has no header"))?;
    let header: serde_json::Value = serde_json::from_slice(&file[..end])
        .map_err(|_| Unreadable::Corrupt("its header cannot be read"))?;
    match header["tracing_genai_spool"].as_u64() {
        Some(version) if version == u64::from(VERSION) => {}
        Some(_) => return Err(Unreadable::Foreign),
        None => return Err(Unreadable::Corrupt("its header has no version")),
    }
    let header: Header = serde_json::from_value(header)
        .map_err(|_| Unreadable::Corrupt("its header is not complete"))?;
    if header.addressee != addressee.0 {
        return Err(Unreadable::Foreign);
    }
    let compression = match header.encoding.as_str() {
        "gzip" => Compression::Gzip,
        "identity" => Compression::None,
        _ => return Err(Unreadable::Foreign),
    };
    let body = Bytes::from(file).slice(end + 1..);
    if body.len() != header.bytes {
        return Err(Unreadable::Corrupt("it is shorter or longer than it was"));
    }
    if hex(&Sha256::digest(&body)) != header.sha256 {
        return Err(Unreadable::Corrupt("its checksum is wrong"));
    }
    Ok(Encoded {
        body,
        compression,
        spans: header.spans,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addressee(url: &str) -> Addressee {
        Addressee::new(&Url::parse(url).expect("an address"), "pk-lf-1")
    }

    fn request(body: Vec<u8>) -> Encoded {
        Encoded {
            body: body.into(),
            compression: Compression::Gzip,
            spans: 3,
        }
    }

    #[test]
    fn another_backend_or_account_or_version_is_foreign() {
        let here = addressee("http://here/v1/traces");
        let file = write(&request(vec![1, 2]), &here);
        for there in [
            addressee("http://there/v1/traces"),
            addressee("http://here/v2/traces"),
            Addressee::new(
                &Url::parse("http://here/v1/traces").expect("an address"),
                "pk-lf-2",
            ),
        ] {
            assert_eq!(read(file.clone(), &there), Err(Unreadable::Foreign));
        }
        let later = String::from_utf8_lossy(&file).replace("spool\":1", "spool\":2");
        assert_eq!(read(later.into(), &here), Err(Unreadable::Foreign));
    }

    #[test]
    fn a_password_in_the_address_is_not_part_of_it() {
        assert_eq!(
            addressee("http://user:geheim@here/v1/traces?token=geheim"),
            addressee("http://here/v1/traces")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(body: Vec<u8>) {
            let here = addressee("http://here/v1/traces");
            let request = request(body);
            prop_assert_eq!(read(write(&request, &here), &here), Ok(request));
        }

        #[test]
        fn what_is_changed_is_never_sent(
            body in prop::collection::vec(any::<u8>(), 1..64),
            at: prop::sample::Index,
            to: u8,
            cut: prop::sample::Index,
        ) {
            let here = addressee("http://here/v1/traces");
            let request = request(body);
            let file = write(&request, &here);
            let mut changed = file.clone();
            let at = at.index(changed.len());
            changed[at] = to;
            for odd in [changed, file[..cut.index(file.len())].to_vec()] {
                if let Ok(read) = read(odd, &here) {
                    // Only what the header says of it can differ.
                    prop_assert_eq!(read.body, request.body.clone());
                }
            }
        }
    }
}
