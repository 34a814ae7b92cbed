// Where Hufu is and who this mini-program is there: the demo tenant of `hufu dev`.
module.exports = {
  issuer: 'http://127.0.0.1:8080/t/demo',
  clientId: 'demo-shop',
  // The texts that a person agrees to. A new version is agreed to anew.
  documents: ['privacy:2026-11-01', 'terms:2026-11-01'],
}
