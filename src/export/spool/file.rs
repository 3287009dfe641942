//! What a spool file holds.
//!
//! Pure. A line of JSON, then the request's body as it goes over the wire. The line says for whom the
//! request is, as a hash of the endpoint and the public part of the account: no key is ever written
//! to disk, and a file is sent only to the backend it was made for. A body that does not match its
//! checksum is not sent.

use std::io::{self, Read};

use flate2::Crc;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use crate::otlp::encoded::{Compression, Encoded};
use crate::text::hex::hex;

const VERSION: u32 = 1;
/// The longest header, in bytes.
const LONGEST_HEADER: u64 = 4 << 10;

/// The destination that a file is for: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointId(String);

impl EndpointId {
    /// Neither password nor query of the address are part of it: they may be secrets.
    pub(crate) fn new(url: &Url, account: &str) -> Self {
        let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
        Self(hash(format!("{address}\n{account}").as_bytes()))
    }

    /// The beginning, for names of files.
    pub(super) fn tag(&self) -> &str {
        &self.0[..16]
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    tracing_genai_spool: u32,
    endpoint: String,
    spans: u64,
    encoding: String,
    bytes: u64,
    crc32: u32,
}

/// Why a file cannot be sent.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is for somebody else, or of a later version of this crate.
    Foreign,
    /// It is not what was written.
    Corrupt(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The line before the body.
pub(super) fn header(request: &Encoded, endpoint: &EndpointId) -> Vec<u8> {
    let header = Header {
        tracing_genai_spool: VERSION,
        endpoint: endpoint.0.clone(),
        spans: request.spans,
        encoding: match request.compression {
            Compression::Gzip => "gzip".into(),
            Compression::None => "identity".into(),
        },
        bytes: request.body.len() as u64,
        crc32: checksum(&request.body),
    };
    // Numbers and short texts: nothing that JSON could refuse.
    let mut line = serde_json::to_vec(&header).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Reads a file of this length. Its body is read only if the header promises one of that length, and of
/// no more bytes than `most`.
pub(super) fn read(
    mut file: impl Read,
    length: u64,
    most: u64,
    endpoint: &EndpointId,
) -> Result<Encoded, Unreadable> {
    let mut start = Vec::new();
    file.by_ref().take(LONGEST_HEADER).read_to_end(&mut start)?;
    let end = start.iter().position(|&byte| byte == b'\n');
    let end = end.ok_or(Unreadable::Corrupt("it has no header"))?;
    let header = parse(&start[..end])?;
    if header.endpoint != endpoint.0 {
        return Err(Unreadable::Foreign);
    }
    let compression = match header.encoding.as_str() {
        "gzip" => Compression::Gzip,
        "identity" => Compression::None,
        _ => return Err(Unreadable::Foreign),
    };
    if header.bytes.checked_add(end as u64 + 1) != Some(length) {
        return Err(Unreadable::Corrupt("it is shorter or longer than it was"));
    }
    if header.bytes > most {
        return Err(Unreadable::Corrupt("it is larger than any request"));
    }
    let mut body = start.split_off(end + 1);
    file.take(header.bytes.saturating_sub(body.len() as u64))
        .read_to_end(&mut body)?;
    if checksum(&body) != header.crc32 {
        return Err(Unreadable::Corrupt("its checksum is wrong"));
    }
    Ok(Encoded {
        body: body.into(),
        compression,
        spans: header.spans,
    })
}

fn parse(line: &[u8]) -> Result<Header, Unreadable> {
    let header: serde_json::Value = serde_json::from_slice(line)
        .map_err(|_| Unreadable::Corrupt("its header cannot be read"))?;
    match header["tracing_genai_spool"].as_u64() {
        Some(version) if version == u64::from(VERSION) => {}
        Some(_) => return Err(Unreadable::Foreign),
        None => return Err(Unreadable::Corrupt("its header has no version")),
    }
    serde_json::from_value(header).map_err(|_| Unreadable::Corrupt("its header is not complete"))
}

/// Tells what the disk has damaged. It has to cost little: it is reckoned while memory runs short.
fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn endpoint(url: &str) -> EndpointId {
        EndpointId::new(&Url::parse(url).expect("an address"), "pk-lf-1")
    }

    const MOST: u64 = 1_000;

    fn write(request: &Encoded, endpoint: &EndpointId) -> Vec<u8> {
        [&header(request, endpoint)[..], &request.body].concat()
    }

    fn read(file: &[u8], endpoint: &EndpointId) -> Result<Encoded, Unreadable> {
        super::read(file, file.len() as u64, MOST, endpoint)
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
        let here = endpoint("http://here/v1/traces");
        let file = write(&request(vec![1, 2]), &here);
        for there in [
            endpoint("http://there/v1/traces"),
            endpoint("http://here/v2/traces"),
            EndpointId::new(
                &Url::parse("http://here/v1/traces").expect("an address"),
                "pk-lf-2",
            ),
        ] {
            assert!(matches!(read(&file, &there), Err(Unreadable::Foreign)));
        }
        let later = String::from_utf8_lossy(&file).replace("spool\":1", "spool\":2");
        let later = read(later.as_bytes(), &here);
        assert!(matches!(later, Err(Unreadable::Foreign)));
    }

    #[test]
    fn a_password_in_the_address_is_not_part_of_it() {
        assert_eq!(
            endpoint("http://user:geheim@here/v1/traces?token=geheim"),
            endpoint("http://here/v1/traces")
        );
    }

    #[test]
    fn a_body_that_is_too_large_or_not_promised_is_not_read() {
        /// A disk that must not be read any further.
        struct Far(Vec<u8>);

        impl Read for Far {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.as_slice().read(buffer)?;
                self.0.drain(..count);
                match count {
                    0 => panic!("nobody wants to know what comes here"),
                    count => Ok(count),
                }
            }
        }

        let here = endpoint("http://here/v1/traces");
        let large = request(vec![0; 8 << 10]);
        let line = header(&large, &here);
        let length = (line.len() + large.body.len()) as u64;
        for (length, most, why) in [
            (6 << 30, u64::MAX, "it is shorter or longer than it was"),
            (length, MOST, "it is larger than any request"),
        ] {
            let start = [&line[..], &large.body[..LONGEST_HEADER as usize]].concat();
            match super::read(Far(start), length, most, &here) {
                Err(Unreadable::Corrupt(found)) => assert_eq!(found, why),
                other => panic!("{other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(body: Vec<u8>) {
            let here = endpoint("http://here/v1/traces");
            let request = request(body);
            let read = read(&write(&request, &here), &here).ok();
            prop_assert_eq!(read, Some(request));
        }

        #[test]
        fn what_is_changed_is_never_sent(
            body in prop::collection::vec(any::<u8>(), 1..64),
            at: prop::sample::Index,
            to: u8,
            cut: prop::sample::Index,
        ) {
            let here = endpoint("http://here/v1/traces");
            let request = request(body);
            let file = write(&request, &here);
            let mut changed = file.clone();
            let at = at.index(changed.len());
            changed[at] = to;
            for odd in [changed, file[..cut.index(file.len())].to_vec()] {
                if let Ok(read) = read(&odd, &here) {
                    // Only what the header says of it can differ.
                    prop_assert_eq!(read.body, request.body.clone());
                }
            }
        }
    }
}
