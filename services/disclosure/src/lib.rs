//! Owns the map of disclosure checking: facts of many jurisdictions as versioned data, and a post held against them. Never a
//! network, a clock or a store.
