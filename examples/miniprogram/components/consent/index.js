// The box that is not ticked: whoever uses it hears `agree` with what was agreed to, or nothing.
const { documents } = require('../../config')
const texts = require('../../texts')

Component({
  data: { t: {} },
  lifetimes: {
    attached() {
      this.setData({ t: texts().consent })
    },
  },
  methods: {
    tick({ detail }) {
      this.triggerEvent('agree', { consent: detail.value.length ? documents : null })
    },
    readPrivacy() {
      wx.openPrivacyContract({})
    },
    readTerms() {
      const { terms, termsText } = this.data.t
      wx.showModal({ title: terms, content: termsText, showCancel: false })
    },
  },
})
