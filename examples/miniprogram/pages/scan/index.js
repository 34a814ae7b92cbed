// A browser wants in. The code may have been put before the person by somebody else: so all that is known is shown, and only a tap confirms.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const texts = require('../../texts')

Page({
  data: { t: {}, cancel: '', busy: false, error: '', needsLogin: false, consent: null, ask: null, time: '', result: '' },

  onLoad({ scene }) {
    const { scan: t, cancel } = texts()
    this.scene = scene
    this.setData({ t, cancel })
    wx.setNavigationBarTitle({ title: t.title })
    if (hufu.user) return attempt(this, () => this.read())
    this.setData({ needsLogin: true })
  },

  async read() {
    const ask = await hufu.readScan(this.scene)
    this.setData({ ask, time: new Date(ask.asked_at).toLocaleTimeString(), needsLogin: false })
  },

  agree({ detail }) {
    this.setData({ consent: detail.consent })
  },

  wechat() {
    const { consent } = this.data
    if (!consent) return
    return attempt(this, async () => {
      await hufu.loginWithWechat({ consent })
      await this.read()
    })
  },

  decide({ currentTarget }) {
    const { decision } = currentTarget.dataset
    return attempt(this, async () => {
      await hufu.confirmScan(this.scene, decision)
      const { confirmed, denied } = this.data.t
      this.setData({ ask: null, result: decision === 'confirm' ? confirmed : denied })
    })
  },

  failed({ reason }) {
    // The scan is over, or this is not somebody whom WeChat knows: nothing to tap any more, but perhaps a sign-in.
    this.setData({ ask: null, needsLogin: reason === 'wechat_required' || !hufu.user })
  },

  leave() {
    wx.reLaunch({ url: '/pages/home/index' })
  },
})
