// wx.request as a promise that can be aborted. Knows nothing of Hufu.

import type { Fail } from './error'

export type Body = string | WechatMiniprogram.IAnyObject | ArrayBuffer
export type Answer<T extends Body = Body> = WechatMiniprogram.RequestSuccessCallbackResult<T>
/** What `wx.request` takes, without its callbacks. */
export type RequestOptions = Omit<WechatMiniprogram.RequestOption, 'success' | 'fail' | 'complete'>

export interface Call<T extends Body> {
  answer: Promise<Answer<T>>
  abort(): void
}

export function send<T extends Body>(options: RequestOptions, fail: Fail): Call<T> {
  let task: WechatMiniprogram.RequestTask | undefined
  const answer = new Promise<Answer<T>>((resolve, reject) => {
    const callbacks: WechatMiniprogram.RequestOption<T> = {
      url: options.url,
      success: resolve,
      fail: cause => reject(fail(reasonOf(cause), { description: cause.errMsg })),
    }
    task = wx.request<T>(Object.assign({}, options, callbacks))
  })
  return { answer, abort: () => task?.abort() }
}

function reasonOf({ errMsg = '', errno }: { errMsg?: string; errno?: number }) {
  if (errno === 600002 || errMsg.includes('domain list')) return 'domain_not_allowed'
  if (errno === 5 || /time[d ]*out/i.test(errMsg)) return 'timeout'
  if (errMsg.includes('abort')) return 'aborted'
  return 'network'
}

/** Names of headers come as the server, the proxy or the platform wrote them. */
export function header(answer: { header?: WechatMiniprogram.IAnyObject }, name: string): string | undefined {
  const headers = answer.header ?? {}
  const found = Object.keys(headers).find(key => key.toLowerCase() === name)
  return found === undefined ? undefined : String(headers[found])
}
