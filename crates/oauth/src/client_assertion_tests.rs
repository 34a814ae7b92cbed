//! Assertions that are right, and assertions that are not.
use super::*;
