//! What to type to run this program again.

use std::path::{Path, PathBuf};

/// The program for a command line: a path, because after a build nobody has it on their search path.
pub(crate) fn program() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "devhub".to_owned();
    };
    quoted(&shortest(program, std::env::current_dir().ok().as_deref()))
}

/// Relative to the working folder when the program is below it.
fn shortest(program: PathBuf, folder: Option<&Path>) -> PathBuf {
    match folder.and_then(|folder| program.strip_prefix(folder).ok()) {
        // Without a slash a shell would search for it elsewhere.
        Some(below) if below.components().count() == 1 => Path::new(".").join(below),
        Some(below) => below.to_owned(),
        None => program,
    }
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|char| char.is_alphanumeric() || "/._-+".contains(char));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_below_the_working_folder_is_named_from_there() {
        let named = |program: &str| shortest(PathBuf::from(program), Some(Path::new("/home/ada/hub")));
        assert_eq!(named("/home/ada/hub/target/debug/devhub"), Path::new("target/debug/devhub"));
        assert_eq!(named("/home/ada/hub/devhub"), Path::new("./devhub"));
        assert_eq!(named("/usr/local/bin/devhub"), Path::new("/usr/local/bin/devhub"));
    }

    #[test]
    fn a_path_that_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted(Path::new("/opt/my hub/devhub")), "'/opt/my hub/devhub'");
        assert_eq!(quoted(Path::new("target/debug/devhub")), "target/debug/devhub");
    }
}
