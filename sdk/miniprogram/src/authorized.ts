// Requests with the access token. A 401 is healed once: by another token, or, for the account, by another sign-in.

import { membersOf, type Api } from './api'
import type { Sessions } from './sessions'
import { header, send, type Answer, type Body, type Call, type RequestOptions } from './wire'

export interface RequestPromise<T> extends Promise<T> {
  abort(): void
}

/** A token on its way in clear can be taken; only to the developer's own machine there is nobody to take it. */
export const isSafe = (url: string) => /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/])/i.test(url)

/** `signsIn`: whether wx.login may answer a server that wants a sign-in of just now. */
export function authorized<T extends Body>(options: RequestOptions, sessions: Sessions, api: Api, signsIn: boolean): RequestPromise<Answer<T>> {
  let call: Call<T> | undefined
  let refuse!: (error: Error) => void
  let over = false
  const aborted = new Promise<never>((_, reject) => (refuse = reject))

  function attempt(accessToken: string): Promise<Answer<T>> {
    if (over) return aborted
    call = send<T>(Object.assign({}, options, { header: Object.assign({}, options.header, { authorization: `Bearer ${accessToken}` }) }), api.fail)
    return call.answer
  }

  async function run(): Promise<Answer<T>> {
    if (!isSafe(options.url)) throw api.fail('invalid_options', { description: 'the access token is only sent by https' })
    const { accessToken } = await sessions.ensure()
    const answer = await attempt(accessToken)
    if (answer.statusCode !== 401) return answer
    const stale = wantsFreshSignIn(answer)
    if (stale && !signsIn) throw api.fail('reauthentication_required', { status: 401 })
    const healed = await (stale ? sessions.reauthenticate(accessToken) : sessions.after401(accessToken))
    const again = await attempt(healed.accessToken)
    if (again.statusCode === 401) sessions.giveUp(healed.accessToken)
    return again
  }

  const abort = () => {
    over = true
    call?.abort()
    refuse(api.fail('aborted'))
  }
  return Object.assign(Promise.race([run(), aborted]), { abort })
}

/** RFC 9470 §3. */
function wantsFreshSignIn(answer: Answer): boolean {
  const error = 'insufficient_user_authentication'
  return membersOf(answer).error === error || !!header(answer, 'www-authenticate')?.includes(error)
}
