// Does what the person asked for: once at a time, with a message on the page where it is refused.
module.exports = async function attempt(page, work) {
  if (page.data.busy) return
  page.setData({ busy: true, error: '' })
  try {
    const error = await refusal(page, work)
    if (error && page.failed) await refusal(page, () => page.failed(error))
  } finally {
    page.setData({ busy: false })
  }
}

/** What Hufu or the network says against it, if anything. Other errors are mistakes in this program. */
async function refusal(page, work) {
  try {
    await work()
  } catch (error) {
    if (!error.reason) throw error
    page.setData({ error: error.message })
    return error
  }
}
