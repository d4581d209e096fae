//! Owns.
