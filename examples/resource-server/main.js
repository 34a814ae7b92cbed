import { createServer } from "node:http";
import { api } from "./api.js";
import { settings as read } from "./settings.js";
import { Tokens } from "./tokens.js";

const settings = read(process.env);
const server = createServer(api(new Tokens(settings)));
server.listen(settings.listen, () => {
  console.log(`http://${settings.listen.host}:${settings.listen.port} takes tokens of ${settings.issuers.join(", ")}`);
});
