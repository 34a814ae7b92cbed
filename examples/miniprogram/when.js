// An instant as people read it: 2026-11-22 16:05, where the phone is.
const two = number => String(number).padStart(2, '0')

module.exports = instant => {
  const at = new Date(instant)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}
