//! All that is wrong with a body, gathered, so that its sender can mend it in one go.

use crate::problem::{FieldError, Problem};
use hufu_core::Invalid;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    /// The value where it is right; else notes why not.
    pub(crate) fn keep<T>(&mut self, pointer: &str, value: Result<T, Invalid>) -> Option<T> {
        value
            .map_err(|error| self.refuse(pointer, error.to_string()))
            .ok()
    }

    /// The same for a member that may be left out.
    pub(crate) fn keep_optional<T>(&mut self, pointer: &str, value: Option<Result<T, Invalid>>) -> Option<T> {
        value.and_then(|value| self.keep(pointer, value))
    }

    /// The right ones of a list; notes each that is not.
    pub(crate) fn keep_each<T>(
        &mut self,
        pointer: &str,
        values: impl IntoIterator<Item = Result<T, Invalid>>,
    ) -> Vec<T> {
        let values = values.into_iter().enumerate();
        values
            .filter_map(|(i, value)| self.keep(&format!("{pointer}/{i}"), value))
            .collect()
    }

    /// Notes that the member at `pointer` breaks a rule.
    pub(crate) fn refuse(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError::at(pointer, detail));
    }

    /// The value, if nothing was wrong. It is `None` only where something was.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}
