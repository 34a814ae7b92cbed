// The one kind of error that callers see.

import type { Reason } from './reasons'
import { text, type Locale } from './texts'

export interface ErrorDetails {
  /** OAuth's error code. */
  error?: string | undefined
  /** The HTTP status. */
  status?: number | undefined
  /** For the developer. */
  description?: string | undefined
  /** After how many seconds to try again. */
  retryAfter?: number | undefined
  /** What the person may prove next: `wechat`, `phone`, `account`, `otp`. */
  next?: string[] | undefined
  /** Names the request in the operator's log. */
  requestId?: string | undefined
}

export class HufuError extends Error implements ErrorDetails {
  override readonly name = 'HufuError'
  readonly error?: string
  readonly status?: number
  readonly description?: string
  readonly retryAfter?: number
  readonly next?: string[]
  readonly requestId?: string

  /** `message` is for the person. */
  constructor(readonly reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message)
    Object.assign(this, details)
  }
}

/** Makes errors in one language. */
export type Fail = (reason: Reason, details?: ErrorDetails) => HufuError

export function failIn(locale: Locale): Fail {
  return (reason, details) => new HufuError(reason, text(reason, locale), details)
}
