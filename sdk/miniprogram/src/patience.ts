// When to try again, and when not to ask at all.

import { HufuError } from './error'

/** Seconds that a caller is kept waiting before a second try. */
const LONGEST_WAIT = 5

/** What tries may cost where the server did not say. Seconds. */
const BUSY = 5
const DENIED = 60
/** As long as a login may take. */
const UNFINISHED = 600

/** Tries once more where that may help: at once, or after as long as the server wants. */
export async function twice<T>(attempt: () => Promise<T>, helps: (error: HufuError) => boolean): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof HufuError && helps(error))) throw error
    if (error.retryAfter) await pause(error.retryAfter)
    return attempt()
  }
}

export function isBusyForAMoment({ status, retryAfter }: HufuError): boolean {
  return isBusy(status) && retryAfter !== undefined && retryAfter <= LONGEST_WAIT
}

/** A login code that did not count. A code of the phone button that did not count is the person's to replace. */
export function isCodeRefused({ reason }: HufuError): boolean {
  return ['wx_login_failed', 'wx_code_invalid', 'wx_code_used', 'invalid_grant'].includes(reason)
}

/** Remembers a refusal for as long as asking again would only be answered the same way. */
export class Gate {
  private _refusal: { error: HufuError; from: number; until: number } | undefined

  /** The refusal that still holds, with the seconds that are left. */
  get closed(): HufuError | undefined {
    const { _refusal: refusal } = this
    const now = Date.now()
    // A clock that was put back closes nothing.
    if (!refusal || now < refusal.from || now >= refusal.until) return undefined
    const { error, until } = refusal
    if (error.retryAfter === undefined) return error
    return new HufuError(error.reason, error.message, Object.assign({}, error, { retryAfter: Math.ceil((until - now) / 1000) }))
  }

  close(error: unknown): void {
    const seconds = error instanceof HufuError ? cost(error) : 0
    const from = Date.now()
    if (seconds) this._refusal = { error: error as HufuError, from, until: from + seconds * 1000 }
  }

  open(): void {
    this._refusal = undefined
  }
}

function cost({ status, retryAfter, error }: HufuError): number {
  if (isBusy(status)) return retryAfter ?? BUSY
  if (error === 'insufficient_authorization') return UNFINISHED
  return error === 'access_denied' ? DENIED : 0
}

const isBusy = (status: number | undefined) => status === 429 || status === 503

/** A fifth longer at most, so that phones that were sent away together do not come back together. */
function pause(seconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, seconds * (1000 + Math.random() * 200)))
}
