// wx.login as a promise.

import type { Fail } from './error'

export type LoginCode = () => Promise<string>

/** `appid`: the mini-program that this must be, where the caller said so. */
export function loginCode(appid: string | undefined, fail: Fail, timeout: number): LoginCode {
  return () =>
    new Promise((resolve, reject) => {
      const running = appid && wx.getAccountInfoSync?.().miniProgram.appId
      if (running && running !== appid) {
        return reject(fail('wrong_appid', { description: `runs as ${running}, was set up for ${appid}` }))
      }
      wx.login({
        timeout,
        success: ({ code, errMsg }) => (code ? resolve(code) : reject(fail('wx_login_failed', { description: errMsg }))),
        fail: cause => reject(fail('wx_login_failed', { description: cause.errMsg })),
      })
    })
}
