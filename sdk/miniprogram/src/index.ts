// What the package gives: `init`, and the client that it made last.

import { createClient, storageKey, type Hufu, type Options } from './client'
import { failIn } from './error'
import { preferredLocale } from './texts'

const clients = new Map<string, Hufu>()
let current: Hufu | undefined

/** Sets up the client. For an issuer and client that were set up before, gives the same one: two would refresh against one another. */
export function init(options: Options): Hufu {
  const key = storageKey(options)
  const client = clients.get(key) ?? createClient(options)
  clients.set(key, client)
  return (current = client)
}

/** The client that `init` made last. */
const hufu = new Proxy({} as Hufu, {
  get(_, name: keyof Hufu | 'then' | symbol) {
    // What looks whether this is a promise, or how to print it, is no use of the client.
    if (name === 'then' || typeof name === 'symbol') return undefined
    if (!current) throw failIn(preferredLocale())('not_initialised', { description: 'call init first' })
    return current[name]
  },
})

export default hufu
export { HufuError, type ErrorDetails } from './error'
export type { OwnReason, Reason, ServerReason } from './reasons'
export type { Hufu, Options, UsernameAndPassword } from './client'
export type { ConsentEntry, Identity, Linked, Profile, ProfileChange, Proof, Scan, SignIn } from './account'
export type { RequestPromise } from './authorized'
export type { PhoneEvent } from './phone'
export type { Consent, Session } from './sessions'
export type { Locale } from './texts'
export type { Storage, User } from './tokens'
export type { Answer, Body, RequestOptions } from './wire'
