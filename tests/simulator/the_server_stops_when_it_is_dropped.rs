//! A dropped server closes its port, even with idle connections; a running one keeps it.

use std::io::ErrorKind;

use crate::openai_sim::{self, Server};
use crate::wait::wait_for_async;

#[tokio::test]
async fn the_port_is_free_again() {
    let server = openai_sim::start().await.unwrap();
    let address = server.address();
    assert!(address.ip().is_loopback());
    assert_eq!(server.base_url(), format!("http://{address}/v1"));

    // A connection that is kept alive must not keep the server.
    let client = reqwest::Client::new();
    let url = format!("{}/nope", server.base_url());
    assert_eq!(
        client.get(&url).send().await.unwrap().status().as_u16(),
        404
    );
    assert_eq!(
        Server::bind(address).await.unwrap_err().kind(),
        ErrorKind::AddrInUse
    );

    drop(server);
    wait_for_async(async || client.get(&url).send().await.err()).await;
}
