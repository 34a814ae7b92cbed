// The API: three resources, and who may have them.
import { Refusal } from "./refusal.js";

const HEADERS = {
  "cache-control": "no-store",
  "content-type": "application/json",
  "x-content-type-options": "nosniff",
};

const RESOURCES = {
  // Offline: no call to Hufu, however many requests come.
  "GET /me": {
    check: { needs: "openid" },
    // A person is issuer and sub together: sub alone is another person at another tenant.
    answer: ({ iss, sub, client_id, scope }) => ({ iss, sub, client_id, scope }),
  },
  "GET /deliveries": {
    check: { needs: "phone" },
    answer: ({ sub }) => ({ sub, deliveries: [] }),
  },
  // For what must not happen with a token that was revoked a minute ago: the issuer is asked as well.
  "POST /payments": {
    check: { needs: "openid", alive: true },
    answer: ({ sub, auth_time }) => ({ sub, auth_time, paid: true }),
  },
};

/** A listener for `node:http`. */
export function api(tokens) {
  return async (request, response) => {
    request.resume();
    const { status, body, headers = {} } = await answer(tokens, request).catch(refused);
    response.writeHead(status, { ...HEADERS, ...headers });
    response.end(JSON.stringify(body));
  };
}

async function answer(tokens, request) {
  const [path] = request.url.split("?");
  const resource = RESOURCES[`${request.method} ${path}`];
  if (!resource) return { status: 404, body: { error: "not_found" } };
  const claims = await tokens.check(request, resource.check);
  return { status: 200, body: resource.answer(claims) };
}

function refused(error) {
  if (!(error instanceof Refusal)) {
    console.error(`a request failed: ${error.stack}`);
    return { status: 500, body: { error: "server_error" } };
  }
  const { status, challenge } = error;
  const headers = {
    ...(challenge && { "www-authenticate": challenge }),
    ...(status === 503 && { "retry-after": "5" }),
  };
  return { status, headers, body: { error: error.error ?? "unauthorized", error_description: error.message || undefined } };
}
