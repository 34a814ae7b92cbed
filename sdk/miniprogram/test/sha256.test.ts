import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { textOfBase64url, toBase64url } from '../src/bytes'
import { sha256 } from '../src/sha256'

const bytes = (text: string) => Array.from(text, letter => letter.charCodeAt(0))
const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex')

describe('SHA-256 gives what NIST says', () => {
  // FIPS 180-4 examples, and the one-million-letter message of NIST's example values.
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('for a message %#', (message, hash) => {
    expect(hex(sha256(bytes(message)))).toBe(hash)
  })

  // SHA256ShortMsg.rsp of NIST's validation vectors.
  test.each([
    ['d3', '28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1'],
    ['11af', '5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98'],
    ['b4190e', 'dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2'],
  ])('for the bytes %s', (message, hash) => {
    expect(hex(sha256(Buffer.from(message, 'hex')))).toBe(hash)
  })

  test('for every length up to three blocks', () => {
    for (let length = 0; length < 192; length++) {
      const message = randomBytes(length)
      expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
    }
  })
})

describe('PKCE', () => {
  test('gives the challenge of RFC 7636 appendix B', () => {
    expect(toBase64url(sha256(bytes('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')))).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })
})

describe('base64url', () => {
  test.each(['', 'f', 'fo', 'foo', 'foob', '虎符 🐯 "quoted"', 'é'.repeat(100)])('of %j goes there and back', text => {
    const encoded = toBase64url(Buffer.from(text))
    expect(encoded).toBe(Buffer.from(text).toString('base64url'))
    expect(textOfBase64url(encoded)).toBe(text)
  })

  test.each(['a b', '=', '+/', '虎'])('is not %j', text => {
    expect(() => textOfBase64url(text)).toThrow()
  })
})
