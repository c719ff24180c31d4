//! Deciding over requests of others: against a bare server, and through nginx against nginx with a check that checks nothing.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use super::hub::{Hub, Scratch, Server, bare};
use super::load::{Load, prepare, requests_per_second};
use super::measure::Measure;
use super::start::{free_port, wait};
use super::suites::Effort;
use crate::{install, process};

/// Between two looks at a port that is not open yet.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LOOKS_MAX: u32 = 2_000;

/// Measures `keys/verify`, and `/auth/check` as nginx asks it.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    prepare()?;
    let scratch = Scratch::new()?;
    let hub = Hub::on(&scratch.database_url())?.with("server.trusted_proxies=127.0.0.1/32");
    let (peer, server) = (bare()?, hub.serve()?);
    let authorization = hub.authorization()?;
    let per_second =
        |url: &str| requests_per_second(&Load { url, authorization: Some(&authorization), body: None }, effort);
    let bare_rate = per_second(&peer.base)?;
    let verify = verify_per_second(&server, &authorization, effort)?;

    let nginx = Nginx::before(&scratch, &server.base, &peer.base)?;
    let empty = per_second(&format!("{}/empty/", nginx.base))?;
    let checked = per_second(&format!("{}/checked/", nginx.base))?;
    Ok(vec![
        Measure::new("keys.verify_per_s", verify, "1/s"),
        Measure::new("keys.verify_over_bare", verify / bare_rate, "ratio"),
        Measure::new("keys.nginx_empty_check_per_s", empty, "1/s"),
        Measure::new("keys.nginx_auth_check_per_s", checked, "1/s"),
        Measure::new("keys.auth_check_over_nginx", checked / empty, "ratio"),
    ])
}

/// The key asks about itself: as much work as about any other.
fn verify_per_second(server: &Server, authorization: &str, effort: Effort) -> anyhow::Result<f64> {
    let url = format!("{}/api/hub/v1/keys/verify", server.base);
    let token = authorization.trim_start_matches("Bearer ");
    let body = serde_json::json!({ "token": token, "scopes": ["keys:read"] }).to_string();
    requests_per_second(&Load { url: &url, authorization: Some(authorization), body: Some(&body) }, effort)
}

/// nginx before a file; dropping it ends it.
struct Nginx {
    child: Child,
    base: String,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Nginx {
    /// Asks the hub before it hands out `/checked/`, and the bare server before it hands out `/empty/`.
    fn before(scratch: &Scratch, hub: &str, bare: &str) -> anyhow::Result<Self> {
        let folder = scratch.inside("nginx");
        for part in ["checked", "empty"] {
            std::fs::create_dir_all(folder.join(part))?;
            std::fs::write(folder.join(part).join("index.html"), "hello")?;
        }
        let port = free_port()?;
        let text = configuration(&folder, port, hub, bare);
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text)?;
        let mut command = process::program(install::nginx().context("nginx is not here")?, &["-e", "stderr", "-p"]);
        let command = command.arg(&folder).arg("-c").arg(&file);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut nginx = Self { child: quiet.spawn()?, base: format!("http://127.0.0.1:{port}") };
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(nginx);
            }
            anyhow::ensure!(nginx.child.try_wait()?.is_none(), "nginx ended while it started");
            wait(LOOK_EVERY);
        }
        anyhow::bail!("nginx did not listen")
    }
}

/// One process, so that killing it is enough; both checks keep their connections.
fn configuration(folder: &Path, port: u16, hub: &str, bare: &str) -> String {
    let folder = folder.display();
    let address = |base: &str| base.trim_start_matches("http://").to_owned();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places = kinds.map(|kind| format!("{kind}_temp_path {folder}/{kind};\n")).concat();
    let asked = |name: &str, path: &str| {
        format!(
            "location /{name}/ {{ auth_request /_{name}; }}\n\
             location = /_{name} {{ internal; proxy_pass http://{name}{path}; proxy_http_version 1.1; \
             proxy_set_header Connection \"\"; proxy_pass_request_body off; proxy_set_header Content-Length \"\"; \
             proxy_set_header X-Original-URI $request_uri; proxy_set_header X-Forwarded-For $remote_addr; }}\n"
        )
    };
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr crit;\nevents {{ worker_connections 1024; }}\n\
         http {{\naccess_log off;\nkeepalive_requests 100000000;\n{places}\
         upstream checked {{ server {}; keepalive 64; keepalive_requests 100000000; }}\n\
         upstream empty {{ server {}; keepalive 64; keepalive_requests 100000000; }}\n\
         server {{\nlisten 127.0.0.1:{port};\nroot {folder};\n{}{}}}\n}}\n",
        address(hub),
        address(bare),
        asked("checked", "/auth/check?scope=keys:read&status=403"),
        asked("empty", "/empty"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_checks_are_asked_alike() {
        let text = configuration(Path::new("/tmp/x"), 8_080, "http://127.0.0.1:1", "http://127.0.0.1:2");
        assert!(text.contains("upstream checked { server 127.0.0.1:1; keepalive 64;"), "{text}");
        assert!(text.contains("upstream empty { server 127.0.0.1:2; keepalive 64;"), "{text}");
        assert!(text.contains("proxy_pass http://checked/auth/check?scope=keys:read&status=403;"), "{text}");
    }
}
