//! Who is let in: users and their passwords, sessions, access tokens, API keys, the sign-in of staff,
//! creditors' users and the platform, and the agencies they belong to.

pub mod access;
pub mod agencies;
pub mod api_keys;
pub mod entry;
pub mod passwords;
pub mod platform;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod users;
