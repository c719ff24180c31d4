//! Compresses the files that pages are shown with by brotli, as far as it goes: that is slow and wants megabytes, which neither a
//! start nor the program shall have.
//!
//! Which files those are stands once, in `src/admin/assets.rs`: its `include_str!` are read here. The styles are one file, in that order,
//! and so are the scripts of every page.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const LIST: &str = "src/admin/assets.rs";
const FOLDER: &str = "static";
/// The folders below it whose files go as one.
const STYLES: &str = "css";
const SCRIPTS: &str = "hub";
/// How a line of the list names a file below the folder.
const NAMED: &str = "include_str!(\"../../static/";

/// Above all windows that the files fill: 64 KiB, so that who reads them needs no more.
const WINDOW_BITS: u32 = 16;
const QUALITY_MAX: u32 = 11;
const BUFFER_BYTES: usize = 4_096;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={LIST}");
    println!("cargo:rerun-if-changed={FOLDER}");
    let list = fs::read_to_string(LIST)?;
    let named = list.split(NAMED).skip(1).filter_map(|rest| rest.split('"').next());
    let (mut style, mut script) = (Vec::new(), Vec::new());
    let mut files = Vec::new();
    for name in named {
        let bytes = fs::read(Path::new(FOLDER).join(name))?;
        match name.split_once('/') {
            Some((STYLES, _)) => style.extend(bytes),
            Some((SCRIPTS, _)) => script.extend([b"{\n", bytes.as_slice(), b"}\n"].concat()),
            _ => files.push((name, bytes)),
        }
    }
    files.extend([("hub.css", style), ("hub.js", script)]);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no folder for what is made")?);
    let mut made = Vec::from(*b"&[\n");
    for (name, bytes) in files {
        fs::write(out.join(format!("{name}.br")), compressed(&bytes)?)?;
        writeln!(made, "(\"{name}\", include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.br\"))),")?;
    }
    made.push(b']');
    fs::write(out.join("brotli.rs"), made)?;
    Ok(())
}

fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER_BYTES, QUALITY_MAX, WINDOW_BITS);
    writer.write_all(bytes)?;
    writer.flush()?;
    Ok(writer.into_inner())
}
