import { createServer } from "node:http";
import { application } from "./application.js";
import { Provider } from "./provider.js";
import { Sessions } from "./sessions.js";
import { settings as read } from "./settings.js";

const settings = read(process.env);
const provider = await Provider.discover(settings).catch((error) => {
  console.error(`${settings.issuer.href} does not answer (${error.message}): is \`hufu dev\` running?`);
  process.exit(1);
});
const server = createServer(application({ provider, sessions: new Sessions(), settings }));
server.listen(settings.listen, () => console.log(`Open ${settings.baseUrl.href}`));
