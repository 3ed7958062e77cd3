import { Link, type LinkOptions } from "../wire/socket";
import type { Scheduler } from "../wire/scheduler";
import { nextFrame, type Defer } from "./batch";
import { ViewStore } from "./viewStore";

/** How long a view is followed after nobody shows it. */
const LINGER_MS = 30_000;

/** The live side of the console: one connection, and one store per view. */
export class Live {
  readonly link: Link;
  readonly #scheduler: Scheduler;
  readonly #stores = new Map<string, ViewStore>();

  constructor(
    options: LinkOptions,
    private readonly defer: Defer = nextFrame,
  ) {
    this.link = new Link(options);
    this.#scheduler = options.scheduler;
  }

  /** The one store of a view; it follows the view once it is retained. */
  store(name: string): ViewStore {
    const known = this.#stores.get(name) ?? this.#create(name);
    this.#stores.set(name, known);
    return known;
  }

  /** The views that are followed, or were a moment ago, by name. */
  get views(): ReadonlyMap<string, ViewStore> {
    return this.#stores;
  }

  /** Forgets everything seen, as after signing out. */
  clear(): void {
    this.link.stop();
    this.#stores.clear();
  }

  #create(name: string): ViewStore {
    return new ViewStore(
      (view, follower) => this.link.follow(name, view, follower),
      (work) =>
        this.#scheduler.after(LINGER_MS, () => {
          work();
          this.#stores.delete(name);
        }),
      this.defer,
    );
  }
}
