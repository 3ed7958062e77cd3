import { Backoff } from "./backoff";
import {
  CloseCode,
  FINAL_CLOSE_CODE,
  OPERATOR_SUBPROTOCOL,
  type OperatorDown,
  type OperatorHello,
  type OperatorUp,
} from "./frames";
import { Inbox } from "./inbox";
import type { Scheduler } from "./scheduler";
import { Subscriptions, type Follower } from "./subscriptions";
import type { View } from "./view";

/** No `hello` in this time: the attempt is given up. */
const HELLO_MS = 10_000;
/** No frame at all in this time after a ping: the connection is dead. */
const PONG_MS = 10_000;

export type Phase = "idle" | "connecting" | "live" | "waiting" | "ended";
/** What asking the server over HTTP said after an attempt was refused. */
export type Verdict = "signed-in" | "signed-out" | "unreachable";

export interface LinkStatus {
  readonly phase: Phase;
  /** When the phase began, milliseconds since the epoch. */
  readonly since: number;
  /** When the next attempt starts, while `waiting`. */
  readonly retryAt: number | null;
  /** The final close code, once `ended`. */
  readonly code: number | null;
  readonly reason: string | null;
  readonly hello: OperatorHello | null;
}

/** The part of a browser's WebSocket that is used. */
export interface Channel {
  binaryType: BinaryType;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LinkOptions {
  /** Opens the operator channel. */
  readonly open: (subprotocol: string) => Channel;
  /** Asks over HTTP why an attempt was refused: a browser does not tell. */
  readonly verify: () => Promise<Verdict>;
  readonly scheduler: Scheduler;
  readonly random?: () => number;
  /** True when compressed frames can be read. */
  readonly deflate?: boolean;
}

/**
 * The operator channel as a state machine: connects, keeps alive, comes back with jitter, resumes
 * every followed view from its cursor, and stops for good when the server says so.
 */
export class Link {
  #status: LinkStatus;
  #channel: Channel | null = null;
  #inbox: Inbox | null = null;
  #heardAt: number | null = null;
  #pingedAt: number | null = null;
  #roundTripMs: number | null = null;
  #floorMs = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #listeners = new Set<() => void>();
  readonly #backoff: Backoff;
  readonly #subscriptions: Subscriptions;

  constructor(private readonly options: LinkOptions) {
    this.#backoff = new Backoff(options.random);
    this.#status = this.#describe("idle");
    this.#subscriptions = new Subscriptions((frame) => this.#send(frame), options.deflate ?? false);
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** When the server was last heard, milliseconds since the epoch. */
  get heardAt(): number | null {
    return this.#heardAt;
  }

  /** How long the server took to answer the newest ping; null before the first answer on this connection. */
  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** Calls `listener` at each change of `status`; the answer ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows the view `name` into `view` until the answer is called; losses of the connection do not end it. */
  follow(name: string, view: View, follower: Follower): () => void {
    return this.#subscriptions.follow(name, view, follower);
  }

  start(): void {
    if (this.#status.phase !== "idle" && this.#status.phase !== "ended") return;
    this.#backoff.reset();
    this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#become("idle", { hello: null });
  }

  /** The page is visible again or the network is back: do not wait, and trust nothing. */
  wake(): void {
    if (this.#status.phase === "waiting") this.#connect();
    else if (this.#status.phase === "live") this.#ping();
  }

  #connect(): void {
    this.#drop();
    this.#become("connecting");
    this.#arm(HELLO_MS, () => this.#lost());
    const channel = this.options.open(OPERATOR_SUBPROTOCOL);
    channel.binaryType = "arraybuffer";
    const inbox = new Inbox((frame) => this.#receive(frame), () => this.#lost());
    channel.onmessage = (event) => this.#hear(inbox, event);
    channel.onclose = (event) => this.#closed(event.code, event.reason);
    this.#channel = channel;
    this.#inbox = inbox;
  }

  #hear(inbox: Inbox, event: MessageEvent): void {
    this.#heardAt = this.options.scheduler.now();
    inbox.push(event.data as string | ArrayBuffer);
  }

  #receive(frame: OperatorDown): void {
    switch (frame.type) {
      case "hello":
        return this.#welcome(frame);
      case "ping":
        return this.#send({ type: "pong", ref: frame.ref });
      case "bye":
        this.#floorMs = (frame.retryAfterSeconds ?? 0) * 1000;
        return;
      case "error":
        if (!this.#subscriptions.complained(frame)) console.warn(`The server could not use a frame: ${frame.code} ${frame.message}`);
        return;
      case "pong":
        if (this.#pingedAt !== null) this.#roundTripMs = this.options.scheduler.now() - this.#pingedAt;
        this.#pingedAt = null;
        return;
      default:
        this.#subscriptions.receive(frame);
    }
  }

  #welcome(hello: OperatorHello): void {
    this.#become("live", { hello });
    this.#subscriptions.opened();
    this.#keepAlive();
  }

  #keepAlive(): void {
    const seconds = this.#status.hello?.pingSeconds ?? 25;
    this.#arm(seconds * 1000, () => this.#ping());
  }

  #ping(): void {
    const askedAt = this.options.scheduler.now();
    this.#pingedAt = askedAt;
    this.#send({ type: "ping" });
    this.#arm(PONG_MS, () => {
      if ((this.#heardAt ?? 0) >= askedAt) this.#keepAlive();
      else this.#lost();
    });
  }

  #send(frame: OperatorUp): void {
    if (this.#status.phase === "live") this.#channel?.send(JSON.stringify(frame));
  }

  #closed(code: number, reason: string): void {
    const wasLive = this.#status.phase === "live";
    if (code >= FINAL_CLOSE_CODE) return this.#end(code, reason);
    if (wasLive) return this.#lost();
    this.#drop();
    void this.#askWhy();
  }

  /** A browser hides why a handshake failed; a session that ended looks like a dead server. */
  async #askWhy(): Promise<void> {
    const attempt = this.#status;
    const verdict = await this.options.verify().catch((): Verdict => "unreachable");
    if (this.#status !== attempt) return;
    if (verdict === "signed-out") this.#end(CloseCode.CREDENTIAL, "");
    else this.#lost();
  }

  #lost(): void {
    const now = this.options.scheduler.now();
    this.#backoff.ended(this.#status.phase === "live" ? now - this.#status.since : 0);
    this.#drop();
    const wait = this.#backoff.next(this.#floorMs);
    this.#floorMs = 0;
    this.#become("waiting", { retryAt: now + wait });
    this.#arm(wait, () => this.#connect());
  }

  #end(code: number, reason: string): void {
    this.#drop();
    this.#become("ended", { code, reason });
  }

  #drop(): void {
    this.#cancelTimer();
    this.#pingedAt = null;
    this.#roundTripMs = null;
    this.#inbox?.close();
    this.#subscriptions.interrupted();
    const channel = this.#channel;
    this.#channel = null;
    this.#inbox = null;
    if (channel === null) return;
    channel.onmessage = null;
    channel.onclose = null;
    channel.close();
  }

  #arm(milliseconds: number, work: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.options.scheduler.after(milliseconds, work);
  }

  #become(phase: Phase, more: Partial<LinkStatus> = {}): void {
    this.#status = { ...this.#describe(phase), hello: this.#status.hello, ...more };
    for (const listener of this.#listeners) listener();
  }

  #describe(phase: Phase): LinkStatus {
    const since = this.options.scheduler.now();
    return { phase, since, retryAt: null, code: null, reason: null, hello: null };
  }
}
