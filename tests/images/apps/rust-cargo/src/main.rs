//! The smallest web service that can be delivered: a health check, a text, and an end on SIGTERM.

use std::sync::Arc;
use std::{env, process, thread};

use signal_hook::{consts::SIGTERM, iterator::Signals};
use tiny_http::{Response, Server};

fn answer(path: &str) -> (u16, &'static str) {
    match path {
        "/healthz" => (200, "ok\n"),
        "/" => (200, "Hello from rust-cargo\n"),
        _ => (404, "not found\n"),
    }
}

fn main() {
    let port = env::var("PORT").unwrap_or("8080".into());
    let server = Arc::new(Server::http(format!("0.0.0.0:{port}")).expect("the port is free"));
    let stopping = Arc::clone(&server);
    let mut signals = Signals::new([SIGTERM]).expect("signals can be handled");
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            stopping.unblock();
        }
    });
    for request in server.incoming_requests() {
        let (status, text) = answer(request.url());
        let _ = request.respond(Response::from_string(text).with_status_code(status));
    }
    process::exit(0);
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn anything_else_is_not_found() {
        assert_eq!(answer("/healthz").0, 200);
        assert_eq!(answer(&format!("/{}", fastrand::u8(..))).0, 404);
    }
}
