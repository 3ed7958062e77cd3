import { beforeEach, describe, expect, it } from "vitest";
import { Api } from "../src/api/client";
import { ApiError, UNREACHABLE } from "../src/api/errors";

interface Seen {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

let seen: Seen[];
let answers: (Response | Error)[];
let signedOut: number;
let api: Api;

function envelope(data: unknown, more: object = {}): Response {
  return new Response(JSON.stringify({ success: true, data, ...more }), { status: 200 });
}

function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  const error = { code, message: `Said ${code}.`, details: { issues: [{ path: "name", message: "too long" }] } };
  return new Response(JSON.stringify({ success: false, error }), { status, headers });
}

const session = (csrfToken: string): Response => envelope({ user: { username: "ada" }, csrfToken, expiresAt: "" });

async function failureOf(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

beforeEach(() => {
  seen = [];
  answers = [];
  signedOut = 0;
  const send = async (path: unknown, init?: RequestInit): Promise<Response> => {
    const { method = "GET", headers, body } = init ?? {};
    seen.push({ method, path: String(path), headers: headers as Record<string, string>, body: body && JSON.parse(String(body)) });
    const answer = answers.shift();
    if (answer === undefined) throw new Error("the test has no answer for this request");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  api = new Api(() => (signedOut += 1), send as typeof fetch);
});

describe("the session", () => {
  it("carries the CSRF token of the sign-in on every change", async () => {
    answers = [session("one"), envelope({ id: "cmd_1" })];
    await api.login("ada", "secret");
    await api.post("/api/x", { a: 1 }, { idempotencyKey: "k" });
    expect(seen[1]).toMatchObject({ method: "POST", body: { a: 1 } });
    expect(seen[1]?.headers).toMatchObject({ "x-csrf-token": "one", "idempotency-key": "k" });
  });

  it("does not send the token when it only reads", async () => {
    answers = [session("one"), envelope([])];
    await api.me();
    await api.get("/api/x");
    expect(seen[1]?.headers).not.toHaveProperty("x-csrf-token");
  });

  it("fetches a new CSRF token once and tries again", async () => {
    answers = [session("old"), refusal(403, "CSRF_INVALID"), envelope({ csrfToken: "new" }), envelope("done")];
    await api.me();
    expect(await api.delete("/api/x")).toBe("done");
    expect(seen.map(({ path }) => path)).toEqual(["/api/admin/auth/me", "/api/x", "/api/admin/auth/csrf", "/api/x"]);
    expect(seen[3]?.headers["x-csrf-token"]).toBe("new");
  });

  it("does not try a third time", async () => {
    answers = [refusal(403, "CSRF_INVALID"), envelope({ csrfToken: "new" }), refusal(403, "CSRF_INVALID")];
    expect((await failureOf(api.post("/api/x"))).code).toBe("CSRF_INVALID");
    expect(seen).toHaveLength(3);
  });

  it("leaves other refusals alone", async () => {
    answers = [refusal(403, "FORBIDDEN")];
    expect((await failureOf(api.post("/api/x"))).code).toBe("FORBIDDEN");
    expect(seen).toHaveLength(1);
  });

  it("is nobody's when the server says 401", async () => {
    answers = [refusal(401, "UNAUTHORIZED")];
    expect(await api.me()).toBeNull();
    expect(signedOut).toBe(0);
  });

  it("is over when any other call says 401", async () => {
    answers = [refusal(401, "UNAUTHORIZED")];
    await failureOf(api.get("/api/x"));
    expect(signedOut).toBe(1);
  });

  it("is not over because of a wrong password", async () => {
    answers = [refusal(401, "UNAUTHORIZED")];
    await failureOf(api.login("ada", "wrong"));
    expect(signedOut).toBe(0);
  });
});

describe("failures", () => {
  it("carry code, message, complaints and waiting time", async () => {
    answers = [refusal(429, "RATE_LIMITED", { "retry-after": "7" })];
    const failure = await failureOf(api.get("/api/x"));
    expect(failure).toMatchObject({ status: 429, code: "RATE_LIMITED", message: "Said RATE_LIMITED.", retryAfterSeconds: 7 });
    expect(failure.issues).toEqual([{ path: "name", message: "too long" }]);
  });

  it("name a server that cannot be reached", async () => {
    answers = [new TypeError("fetch failed")];
    expect(await failureOf(api.get("/api/x"))).toMatchObject({ status: 0, code: UNREACHABLE });
  });

  it("survive an answer that is not JSON", async () => {
    answers = [new Response("<html>", { status: 502 })];
    expect(await failureOf(api.get("/api/x"))).toMatchObject({ status: 502, code: "HTTP_502" });
  });
});

it("answers a page with its pagination", async () => {
  answers = [envelope([1, 2], { pagination: { page: 2, pageSize: 2, total: 9 } })];
  expect(await api.page("/api/x")).toEqual({ data: [1, 2], pagination: { page: 2, pageSize: 2, total: 9 } });
});
