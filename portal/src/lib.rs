//! The HTML sites.
