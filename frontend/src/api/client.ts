import { ApiError, UNREACHABLE } from "./errors";
import { fileOf, type Received, type ReceivedFile } from "./file";
import type { Page, Pagination, Session } from "./types";

interface CallOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Makes a repeated request count once. */
  readonly idempotencyKey?: string;
}

/** Makes something of an answer, or throws what it says is wrong. */
type Read<R> = (response: Response) => Promise<R>;

interface Envelope<T> {
  success: boolean;
  data?: T;
  pagination?: Pagination;
  error?: { code?: string; message?: string; details?: Record<string, unknown> };
}

/**
 * The REST surface. The CSRF token lives in memory only; a refusal of it is answered by fetching a
 * new one and trying once more.
 */
export class Api {
  #csrf: string | null = null;

  constructor(
    private readonly signedOut: () => void,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Signs in. A wrong password is an ApiError, and not a session that ended. */
  async login(username: string, password: string): Promise<Session> {
    const body = { username, password };
    const answer = await this.#exchange(envelopeOf<Session>, "POST", "/api/admin/auth/login", { body });
    return this.#remember(answer);
  }

  /** Who is signed in; null when nobody is. */
  async me(): Promise<Session | null> {
    try {
      return this.#remember(await this.#exchange(envelopeOf<Session>, "GET", "/api/admin/auth/me", {}));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  async logout(): Promise<void> {
    await this.#mutate(envelopeOf, "POST", "/api/admin/auth/logout", {});
    this.#csrf = null;
  }

  async get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return (await this.#call(envelopeOf<T>, "GET", path, options)).data as T;
  }

  async page<T>(path: string, options: CallOptions = {}): Promise<Page<T>> {
    const { data, pagination } = await this.#call(envelopeOf<T[]>, "GET", path, options);
    const items = data ?? [];
    return { data: items, pagination: pagination ?? { page: 1, pageSize: items.length, total: items.length } };
  }

  async post<T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
    return (await this.#mutate(envelopeOf<T>, "POST", path, { ...options, body })).data as T;
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.#mutate(envelopeOf<T>, "PUT", path, { body })).data as T;
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return (await this.#mutate(envelopeOf<T>, "PATCH", path, { body })).data as T;
  }

  async delete<T>(path: string): Promise<T> {
    return (await this.#mutate(envelopeOf<T>, "DELETE", path, {})).data as T;
  }

  /** A POST that is answered by a file; `received` hears how much of it is here. */
  async postForFile(path: string, received: Received): Promise<ReceivedFile> {
    const read = async (response: Response) => {
      if (!response.ok) await envelopeOf(response);
      return fileOf(response, received);
    };
    return this.#mutate(read, "POST", path, {});
  }

  #remember(envelope: Envelope<Session>): Session {
    const session = envelope.data as Session;
    this.#csrf = session.csrfToken;
    return session;
  }

  async #mutate<R>(read: Read<R>, method: string, path: string, options: CallOptions): Promise<R> {
    try {
      return await this.#call(read, method, path, options);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "CSRF_INVALID") throw error;
    }
    this.#csrf = (await this.get<{ csrfToken: string }>("/api/admin/auth/csrf")).csrfToken;
    return this.#call(read, method, path, options);
  }

  async #call<R>(read: Read<R>, method: string, path: string, options: CallOptions): Promise<R> {
    try {
      return await this.#exchange(read, method, path, options);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.signedOut();
      throw error;
    }
  }

  async #exchange<R>(read: Read<R>, method: string, path: string, options: CallOptions): Promise<R> {
    return read(await this.#fetch(method, path, options));
  }

  async #fetch(method: string, path: string, { body, signal, idempotencyKey }: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET" && this.#csrf !== null) headers["x-csrf-token"] = this.#csrf;
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      return await this.send(path, { method, headers, body: text, signal, credentials: "same-origin" });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, UNREACHABLE, "The server cannot be reached.");
    }
  }
}

async function envelopeOf<T>(response: Response): Promise<Envelope<T>> {
  const envelope = (await response.json().catch(() => ({ success: false }))) as Envelope<T>;
  if (response.ok && envelope.success) return envelope;
  throw failure(response, envelope);
}

function failure(response: Response, { error }: Envelope<unknown>): ApiError {
  const retryAfter = Number(response.headers.get("retry-after"));
  return new ApiError(
    response.status,
    error?.code ?? `HTTP_${response.status}`,
    error?.message ?? response.statusText,
    error?.details,
    retryAfter > 0 ? retryAfter : null,
  );
}
