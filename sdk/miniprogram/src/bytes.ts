// Bytes and base64url (RFC 4648 §5). A mini-program has neither atob nor TextDecoder.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function toBase64url(bytes: ArrayLike<number>): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!
    if (left > 1) text += ALPHABET[(bits >> 6) & 63]!
    if (left > 2) text += ALPHABET[bits & 63]!
  }
  return text
}

/** Throws where it is not base64url of UTF-8. */
export function textOfBase64url(encoded: string): string {
  let escaped = ''
  let bits = 0
  let held = 0
  for (const letter of encoded) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) throw new Error('not base64url')
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      escaped += '%' + (((bits >> held) & 255) | 256).toString(16).slice(1)
    }
  }
  return decodeURIComponent(escaped)
}
