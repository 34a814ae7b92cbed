// SHA-256 (FIPS 180-4). A mini-program has no crypto.subtle, and PKCE needs one hash a login.

/** The first 32 bits of the fractional part of a root. */
const fraction = (root: number) => ((root - Math.floor(root)) * 0x100000000) | 0

const primes: number[] = []
for (let n = 2; primes.length < 64; n++) if (primes.every(prime => n % prime)) primes.push(n)
const ROUNDS = primes.map(prime => fraction(Math.cbrt(prime)))
const START = primes.slice(0, 8).map(prime => fraction(Math.sqrt(prime)))

const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by))

/** The message as words with its padding (§5.1.1). */
function padded(bytes: ArrayLike<number>): number[] {
  const words: number[] = new Array(((bytes.length + 72) >> 6) << 4).fill(0)
  for (let i = 0; i <= bytes.length; i++) words[i >> 2]! |= (i < bytes.length ? bytes[i]! : 0x80) << (24 - (i & 3) * 8)
  words[words.length - 2] = Math.floor(bytes.length / 0x20000000)
  words[words.length - 1] = bytes.length << 3
  return words
}

/** The hash of one block more (§6.2.2). */
function compress(hash: number[], block: number[]): number[] {
  const w = block.slice()
  let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number]
  for (let t = 0; t < 64; t++) {
    if (t >= 16) {
      const x = w[t - 15]!
      const y = w[t - 2]!
      w[t] = (w[t - 16]! + w[t - 7]! + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10))) | 0
    }
    const one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t]! + w[t]!
    const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + hash[i]!) | 0)
}

export function sha256(bytes: ArrayLike<number>): Uint8Array {
  const words = padded(bytes)
  let hash = START
  for (let i = 0; i < words.length; i += 16) hash = compress(hash, words.slice(i, i + 16))
  return Uint8Array.from({ length: 32 }, (_, i) => hash[i >> 2]! >>> (24 - (i & 3) * 8))
}
