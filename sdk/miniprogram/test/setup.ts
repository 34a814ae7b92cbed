// A phone and a server for each test.

import { createClient, type Hufu, type Options } from '../src/client'
import { HufuError } from '../src/error'
import { Phone } from './phone'
import { API, CLIENT, ISSUER, Server } from './server'

export function setup() {
  const server = new Server()
  const phone = new Phone(server.handle)
  return { server, phone, hufu: start() }
}

/** A start of the mini-program: what was in memory is gone. */
export function start(options: Partial<Options> = {}): Hufu {
  return createClient({ issuer: ISSUER, clientId: CLIENT, ...options })
}

export const order = (hufu: Hufu) => hufu.request<{ ok: boolean }>({ url: API })

/** The error that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<HufuError> {
  const error = await promise.then(
    value => new Error(`not rejected: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (!(error instanceof HufuError)) throw error
  return error
}

export const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
