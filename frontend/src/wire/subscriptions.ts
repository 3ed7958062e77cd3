import type { ErrorFrame, OperatorDown, OperatorUp } from "./frames";
import type { Changed, GoneReason, View } from "./view";

type ViewFrame = Extract<OperatorDown, { id: string }>;

/** Is told what happened to a followed view, right after the view has taken it. */
export interface Follower {
  changed(keys: Changed): void;
  output(): void;
  gone(reason: GoneReason): void;
}

interface Subscription {
  id: string;
  readonly name: string;
  readonly view: View;
  readonly follower: Follower;
}

/**
 * The views that are followed over one connection after another. Every subscription frame gets an
 * id of its own, so that late frames of an older one are told apart and left alone.
 */
export class Subscriptions {
  #lastId = 0;
  #open = false;
  /** Why the server could make nothing of the name of a view; the `gone` that follows belongs to it. */
  #rejection: string | null = null;
  readonly #byId = new Map<string, Subscription>();

  constructor(
    private readonly send: (frame: OperatorUp) => void,
    private readonly deflate: boolean,
  ) {}

  /** Keeps `view` at the server's state of the view `name`, until the answer is called. */
  follow(name: string, view: View, follower: Follower): () => void {
    const subscription = { id: this.#nextId(), name, view, follower };
    this.#byId.set(subscription.id, subscription);
    this.#subscribe(subscription);
    return () => this.#stop(subscription);
  }

  /** The connection is there: everything goes on from where it was. */
  opened(): void {
    this.#open = true;
    for (const subscription of [...this.#byId.values()]) this.#renew(subscription);
  }

  interrupted(): void {
    this.#open = false;
    this.#rejection = null;
    for (const { view } of this.#byId.values()) view.interrupted();
  }

  receive(frame: ViewFrame): void {
    const subscription = this.#byId.get(frame.id);
    if (subscription !== undefined) this.#apply(subscription, frame);
    this.#rejection = null;
  }

  /** Takes what the server says of a subscription it cannot understand; false for other errors. */
  complained({ code, about, message }: ErrorFrame): boolean {
    if (about !== "subscribe" || code !== "VALIDATION_FAILED") return false;
    this.#rejection = message;
    return true;
  }

  #apply(subscription: Subscription, frame: ViewFrame): void {
    const { view, follower } = subscription;
    switch (frame.type) {
      case "snapshot":
        this.#tell(subscription, view.snapshot(frame), frame.done);
        return;
      case "delta":
        this.#tell(subscription, view.delta(frame), true);
        return;
      case "mark":
        if (!view.mark(frame.revision)) this.#resubscribe(subscription);
        return;
      case "output":
        view.append(frame);
        follower.output();
        return;
      case "gone":
        this.#gone(subscription, frame.reason === "forbidden" ? "forbidden" : "not-found");
    }
  }

  #gone({ view, follower }: Subscription, reason: GoneReason): void {
    view.refused(reason, this.#rejection);
    follower.gone(reason);
  }

  #tell(subscription: Subscription, changed: Changed | null, whole: boolean): void {
    if (changed === null) this.#resubscribe(subscription);
    else if (whole) subscription.follower.changed(changed);
  }

  /** Something is missing between the view and the server: ask for it from where the view is. */
  #resubscribe(subscription: Subscription): void {
    this.send({ type: "unsubscribe", id: subscription.id });
    this.#renew(subscription);
  }

  #renew(subscription: Subscription): void {
    this.#byId.delete(subscription.id);
    subscription.id = this.#nextId();
    this.#byId.set(subscription.id, subscription);
    this.#subscribe(subscription);
  }

  #subscribe({ id, name, view }: Subscription): void {
    if (!this.#open) return;
    this.send({
      type: "subscribe",
      id,
      view: name,
      since: view.cursor ?? undefined,
      encoding: this.deflate ? "deflate" : undefined,
    });
  }

  #stop(subscription: Subscription): void {
    this.#byId.delete(subscription.id);
    if (this.#open) this.send({ type: "unsubscribe", id: subscription.id });
  }

  #nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }
}
