//! The whole, tested as its users would use it.
