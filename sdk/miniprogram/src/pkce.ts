// Proof Key for Code Exchange (RFC 7636) with S256.

import { toBase64url } from './bytes'
import type { Fail } from './error'
import { sha256 } from './sha256'

export interface Pkce {
  verifier: string
  challenge: string
}

export async function makePkce(fail: Fail): Promise<Pkce> {
  const verifier = toBase64url(await random(32, fail))
  return { verifier, challenge: toBase64url(sha256(Array.from(verifier, letter => letter.charCodeAt(0)))) }
}

/** Only from WeChat's generator: what Math.random gives can be guessed. */
function random(length: number, fail: Fail): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const refuse = (cause?: { errMsg?: string }) =>
      reject(fail('random_unavailable', { description: cause?.errMsg ?? 'wx.getRandomValues needs base library 2.15.0' }))
    if (!wx.getRandomValues) return refuse()
    wx.getRandomValues({
      length,
      success: ({ randomValues }) => {
        const bytes = new Uint8Array(randomValues)
        if (bytes.length === length) resolve(bytes)
        else refuse()
      },
      fail: refuse,
    })
  })
}
