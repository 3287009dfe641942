//! The simulated OpenAI server on its own, for clients in any language.
//!
//! `cargo run --example openai_sim -- --port 8080`, then give a client the base URL this
//! prints and any API key. It listens on the loopback interface; `--host 0.0.0.0` opens it to
//! other machines and containers.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that speaks to a person"
)]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use openai_sim::Server;

const USAGE: &str = "\
Usage: openai_sim [--port PORT] [--host ADDRESS]

  --port PORT     port to listen on (default 8080; 0 takes a free one)
  --host ADDRESS  IP address to listen on (default 127.0.0.1)";

#[tokio::main]
async fn main() -> ExitCode {
    let address = match parse(std::env::args().skip(1)) {
        Ok(Some(address)) => address,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("error: {problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let server = match Server::bind(address).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("error: cannot listen on {address}: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("Simulated OpenAI server at {}", server.base_url());
    println!("OPENAI_BASE_URL={} OPENAI_API_KEY=any", server.base_url());
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot wait for Ctrl-C: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where to listen; nothing if only help is wanted.
fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<SocketAddr>, String> {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if matches!(name.as_str(), "--help" | "-h") {
            return Ok(None);
        }
        if !matches!(name.as_str(), "--port" | "--host") {
            return Err(format!("unknown argument '{name}'"));
        }
        let value = value.or_else(|| arguments.next());
        let value = value.ok_or_else(|| format!("{name} needs a value"))?;
        if name == "--port" {
            let port = value
                .parse()
                .map_err(|_| format!("--port takes a number from 0 to 65535, not '{value}'"))?;
            address.set_port(port);
        } else {
            let host: IpAddr = value
                .parse()
                .map_err(|_| format!("--host takes an IP address, not '{value}'"))?;
            address.set_ip(host);
        }
    }
    Ok(Some(address))
}
