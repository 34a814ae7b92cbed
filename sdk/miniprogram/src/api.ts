// Hufu's endpoints below the issuer: how they are asked, and how an answer that is no success becomes an error.

import { HufuError, type Fail } from './error'
import type { Locale } from './texts'
import { header, send, type Answer, type RequestOptions } from './wire'

export type Method = NonNullable<RequestOptions['method']>

/** Members of a form; what is undefined is left out. */
export type Form = Record<string, string | undefined>

export interface Api {
  /** Posts a form with `client_id`. Any status is an answer. */
  post(path: string, form: Form): Promise<Answer>
  /** What a request to a path takes, for a call with an access token. */
  json(method: Method, path: string, data?: object): RequestOptions
  /** The members of an answer. Throws where it is no success, or no JSON. */
  members<T>(answer: Answer): T
  /** The error that an answer is. */
  refusal(answer: Answer): HufuError
  fail: Fail
}

interface Settings {
  issuer: string
  clientId: string
  locale: Locale
  timeout: number
}

export function createApi({ issuer, clientId, locale, timeout }: Settings, fail: Fail): Api {
  const request = (path: string, contentType: string, method: Method): RequestOptions => ({
    method,
    url: issuer + path,
    header: { 'content-type': contentType, accept: 'application/json', 'accept-language': locale },
    timeout,
  })

  function refusal(answer: Answer): HufuError {
    const { statusCode: status } = answer
    const body = membersOf(answer)
    const details = {
      status,
      retryAfter: seconds(header(answer, 'retry-after')),
      requestId: header(answer, 'x-request-id'),
      error: body.error,
      description: body.error_description,
      next: body.next,
    }
    if (!body.error) return fail(status >= 500 || status === 429 ? 'server_error' : 'bad_answer', details)
    const reason = body.reason ?? body.error
    return body.message ? new HufuError(reason, body.message, details) : fail(reason, details)
  }

  return {
    fail,
    refusal,
    post: (path, form) =>
      send(Object.assign(request(path, 'application/x-www-form-urlencoded', 'POST'), { data: encode(Object.assign({ client_id: clientId }, form)) }), fail).answer,
    json: (method, path, data) => Object.assign(request(path, 'application/json', method), data && { data }),
    members<T>(answer: Answer) {
      if (answer.statusCode >= 300 || !isObject(answer.data)) throw refusal(answer)
      return answer.data as T
    },
  }
}

/** The members that errors and steps of a login have. */
export interface Members {
  error?: string
  error_description?: string
  reason?: string
  message?: string
  next?: string[]
  auth_session?: string
}

export function membersOf(answer: Answer): Members {
  return isObject(answer.data) ? (answer.data as Members) : {}
}

function isObject(data: unknown): data is object {
  return typeof data === 'object' && data !== null
}

function encode(form: Form): string {
  return Object.keys(form)
    .filter(name => form[name] !== undefined)
    .map(name => `${name}=${encodeURIComponent(form[name]!)}`)
    .join('&')
}

/** `Retry-After` as seconds (RFC 9110 §10.2.3). The phone's clock cannot tell how far away a date is. */
function seconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}
