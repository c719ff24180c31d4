//! The demo does what it says.

use crate::harness::Home;

#[test]
fn the_demo_tells_the_whole_story_and_shows_no_secret() {
    let home = Home::new();
    let mut command = home.command(&["demo", "--once"]);
    let output = command.env("TMPDIR", home.path("")).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
    assert_eq!(stdout.matches('✓').count(), 7, "{stdout}");
    assert_eq!(stdout.matches("verifies; with one byte changed: refused").count(), 2, "{stdout}");
    assert!(stdout.contains("401"), "{stdout}");
    let is_secret =
        |word: &str| word.trim_matches(['"', ',']).len() > 30 && (word.contains("op_") || word.contains("whsec_"));
    assert!(!stdout.split_whitespace().any(is_secret), "{stdout}");
    assert!(std::fs::read_dir(home.path("")).unwrap().next().is_none(), "the temporary folder is gone");
}
