//! The pages for people: signing in, API keys, the account, the workspace.

#[cfg_attr(not(test), expect(dead_code, reason = "the pages that use it follow"))]
pub(crate) mod assets;
#[cfg_attr(not(test), expect(dead_code, reason = "the pages that use them follow"))]
#[expect(unused_imports, reason = "the pages that use them follow")]
pub(crate) mod components;
