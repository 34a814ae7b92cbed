const { init } = require('@hufu/miniprogram')
const { issuer, clientId } = require('./config')

const hufu = init({ issuer, clientId })

App({
  onLaunch() {
    // Who was signed in stays so. Nobody is signed in before asking for it: everybody may look around first.
    if (hufu.user) hufu.ensureLogin().catch(({ reason }) => console.warn('not signed in:', reason))
  },
})
