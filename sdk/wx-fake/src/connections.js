// WeChat sends ten requests of an app at a time; more of them wait for their turn.

const LIMIT = 10

export class Connections {
  open = 0
  most = 0
  /** @type {(() => void)[]} */
  #waiting = []

  get waiting() {
    return this.#waiting.length
  }

  /** Nobody waits any more. */
  close() {
    this.#waiting = []
  }

  /**
   * Runs `start` when there is room.
   * @param {() => void} start
   * @returns {() => void} gives the room, or the place in the queue, to others
   */
  take(start) {
    let isOpen = false
    const run = () => {
      isOpen = true
      this.open++
      this.most = Math.max(this.most, this.open)
      start()
    }
    if (this.open < LIMIT) run()
    else this.#waiting.push(run)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== run)
      if (!isOpen) return
      isOpen = false
      this.open--
      this.#waiting.shift()?.()
    }
  }
}
