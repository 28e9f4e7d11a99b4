//! SQL migrations, up and down.
