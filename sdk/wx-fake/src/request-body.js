// What wx.request makes of `data`.

/**
 * @param {string} method
 * @param {string} url
 * @param {unknown} data
 * @param {Record<string, string>} header lower-case names
 * @returns {{ url: string, body?: string | ArrayBuffer }}
 */
export function encode(method, url, data, header) {
  if (data === undefined || data === null) return { url }
  if (method === 'GET' || method === 'HEAD') return { url: typeof data === 'object' ? withQuery(url, form(data)) : url }
  if (typeof data === 'string' || data instanceof ArrayBuffer) return { url, body: data }
  const isForm = header['content-type'].startsWith('application/x-www-form-urlencoded')
  return { url, body: isForm ? form(data) : JSON.stringify(data) }
}

/** @param {object} data */
const form = (data) =>
  Object.entries(data)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value)}`)
    .join('&')

/** @param {string} url @param {string} query */
function withQuery(url, query) {
  if (query === '') return url
  const [address, fragment] = url.split('#', 2)
  return address + (address.includes('?') ? '&' : '?') + query + (fragment === undefined ? '' : `#${fragment}`)
}
