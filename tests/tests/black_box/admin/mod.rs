//! `/admin/v1`.
