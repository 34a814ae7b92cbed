// The control plane of wxsim: what a phone does outside of the mini-program.

const { fetch } = globalThis

export class Simulator {
  /**
   * @param {string} url
   * @param {string} [token]
   */
  constructor(url, token) {
    this.url = url.replace(/\/+$/, '')
    this.token = token
  }

  /**
   * @param {string} path
   * @param {unknown} [body] none: GET
   * @returns {Promise<any>}
   */
  async call(path, body) {
    const response = await fetch(`${this.url}/__sim/v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token && { 'x-wxsim-token': this.token }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`the simulator refused ${path}: ${answer}`)
    return answer && JSON.parse(answer)
  }
}
