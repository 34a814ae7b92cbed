//! What clients prove with keys of their own: themselves (`private_key_jwt`) and the possession of a key (DPoP); and tokens that
//! are for one resource, or exchanged for another.

mod device;
mod dpop;
mod exchange;
mod fapi;
mod key;
mod private_key_jwt;
mod resources;
