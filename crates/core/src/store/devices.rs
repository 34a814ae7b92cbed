//! The port of devices.

use super::Result;
use crate::{
    device::{Device, DeviceState, Pace},
    id::DeviceId,
    token::SecretHash,
};
use async_trait::async_trait;

/// What the device authorization grant reads and writes.
#[async_trait]
pub trait DeviceUnit: Send {
    /// Adds a device. `false` where one of its id or its user code is there.
    async fn put_device(&mut self, device: &Device) -> Result<bool>;
    /// A device, locked: who decided about it first, then the device.
    async fn device(&mut self, id: DeviceId) -> Result<Option<Device>>;
    /// The device with that user code, locked alone: whoever decides about it has locked themselves before, and has nothing to do
    /// with whoever was faster.
    async fn device_of(&mut self, user_code: SecretHash) -> Result<Option<Device>>;
    /// Writes `after` where the state is `before`. `false`: somebody else was faster.
    async fn set_device_state(
        &mut self,
        id: DeviceId,
        before: &DeviceState,
        after: &DeviceState,
    ) -> Result<bool>;
    /// Writes how often it asks.
    async fn set_device_pace(&mut self, id: DeviceId, pace: Pace) -> Result<()>;
}
