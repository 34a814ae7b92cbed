//! Proofs that are right, and proofs that are not.
use super::*;
