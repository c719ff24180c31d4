//! The pages for people: signing in, API keys, the account, the workspace.

