// A phone, a name or a WeChat account that is another user's: of the same person, perhaps.
const hufu = require('@hufu/miniprogram').default
const texts = require('./texts')

const TAKEN = ['phone_taken', 'wechat_taken', 'account_taken']

/** Asks whether the two are to be one. True: they are now. */
module.exports = async function offerMerge({ reason }) {
  if (!hufu.user || !TAKEN.includes(reason)) return false
  const { title, content, yes, no } = texts().merge
  const { confirm } = await wx.showModal({ title, content, confirmText: yes, cancelText: no })
  if (confirm) await hufu.merge()
  return confirm
}
