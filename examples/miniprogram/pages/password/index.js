// A username and a password: to sign in, to register, or to add to the account that is signed in.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const offerMerge = require('../../merging')
const texts = require('../../texts')
const { goOn, leave, signedIn } = require('../../ways')

Page({
  data: { t: {}, cancel: '', busy: false, error: '', isSignedIn: false, isNew: false, username: '', password: '', consent: null },

  onLoad() {
    const { password: t, cancel } = texts()
    const isSignedIn = Boolean(hufu.user)
    this.setData({ t, cancel, isSignedIn, isNew: isSignedIn })
    wx.setNavigationBarTitle({ title: isSignedIn ? t.linkTitle : t.title })
  },

  typed({ currentTarget, detail }) {
    this.setData({ [currentTarget.dataset.name]: detail.value })
  },

  agree({ detail }) {
    this.setData({ consent: detail.consent, error: '' })
  },

  switch() {
    this.setData({ isNew: !this.data.isNew, error: '' })
  },

  go() {
    const { username, password, consent, isSignedIn, isNew } = this.data
    if (!isSignedIn && !consent) return this.setData({ error: texts().consent.first })
    return attempt(this, async () => {
      if (isSignedIn) await hufu.link({ username, password, create: isNew })
      else if (isNew) await hufu.registerWithPassword({ username, password, consent })
      else await hufu.loginWithPassword({ username, password, consent })
      signedIn()
    })
  },

  async failed(error) {
    if (await offerMerge(error)) signedIn()
    else if (error.next) goOn(error.next)
  },

  notNow() {
    hufu.cancelLogin()
    leave()
  },
})
