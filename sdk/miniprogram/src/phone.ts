// What the phone buttons tell (open-type="getPhoneNumber" and "getRealtimePhoneNumber").

import type { Fail } from './error'

export interface PhoneEvent {
  detail: { code?: string; errMsg?: string; errno?: number }
}

/** The code, which is not that of wx.login. */
export function phoneCode({ detail: { code, errMsg, errno } }: PhoneEvent, fail: Fail): string {
  if (code) return code
  const details = { description: errMsg }
  if (errno === 1400001) throw fail('phone_quota', details)
  if (errno === 104) throw fail('privacy_not_agreed', details)
  if (errno === 112) throw fail('privacy_not_declared', details)
  throw fail(errMsg && /deny|cancel/.test(errMsg) ? 'phone_denied' : 'phone_failed', details)
}
