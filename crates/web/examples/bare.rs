//! The peer that `cargo xtask bench` compares the API with: actix-web alone, one handler, no middleware.
//!
//! Prints its address, then answers `hello` to everything; to `/empty` nothing, as checks answer: after a body that nobody reads, nginx
//! closes the connection.

use std::io::Write as _;

use actix_web::{App, HttpResponse, HttpServer, web};

/// As many as the hub has on such a machine: one for each processor, at most 4.
const WORKERS_MAX: usize = 4;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let workers = std::thread::available_parallelism()?.get().min(WORKERS_MAX);
    let app =
        || App::new().route("/empty", web::get().to(HttpResponse::Ok)).default_service(web::to(|| async { "hello" }));
    let server = HttpServer::new(app).workers(workers).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        writeln!(std::io::stdout(), "listening on http://{address}")?;
    }
    server.run().await
}
