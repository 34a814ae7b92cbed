// Time as the fake sees it: of the computer, or moved by hand.

// Taken once, so that a test's fake timers do not stop the fake.
const { setTimeout, clearTimeout } = globalThis

/** @type {import('../types/index.js').Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => clearTimeout(/** @type {NodeJS.Timeout} */ (timer)),
}

/**
 * A clock that stands still until `advance` is called.
 * @param {number} [start] milliseconds since 1970
 * @returns {import('../types/index.js').ManualClock}
 */
export function manualClock(start = 0) {
  let now = start
  /** @type {Set<{ at: number, run: () => void }>} */
  const timers = new Set()
  return {
    now: () => now,
    setTimeout(run, milliseconds) {
      const timer = { at: now + milliseconds, run }
      timers.add(timer)
      return timer
    },
    clearTimeout(timer) {
      timers.delete(/** @type {{ at: number, run: () => void }} */ (timer))
    },
    advance(milliseconds) {
      const end = now + milliseconds
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}
