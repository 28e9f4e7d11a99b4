//! The placement file: columns, values and rules of one line.
