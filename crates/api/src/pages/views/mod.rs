//! One type a page: all that its template may show, nothing that the template would have to work out.

mod account;
mod consent;
mod device;
mod error;
mod leave;
mod parts;
mod scan;
mod sign_in;

pub(crate) use account::{Account, Close, Connected, Identity, SignedInAt, browser_name, ways};
pub(crate) use consent::{Consent, Lasts};
pub(crate) use device::{DeviceCode, DeviceConfirm, DeviceDone};
pub(crate) use error::{ErrorKind, ErrorPage};
pub(crate) use leave::{FormPost, Logout, SignedOut};
pub(crate) use parts::{Application, Form, Moment, Permission, Person, Problem};
pub(crate) use scan::{Scan, ScanState};
pub(crate) use sign_in::{BindPhone, Code, Login, Method, Register};
