//! Writes the generated pages of the reference into the folder that is given: `openapi.json`, `errors.md`, `events.md`.

use std::path::PathBuf;

use devhub_web::reference;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| std::io::Error::other("name the folder to write into"))?;
    std::fs::write(folder.join("openapi.json"), reference::openapi_json())?;
    std::fs::write(folder.join("errors.md"), reference::errors_md())?;
    std::fs::write(folder.join("events.md"), reference::events_md())
}
