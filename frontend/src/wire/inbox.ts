import type { OperatorDown } from "./frames";

type Message = string | ArrayBuffer;

/** Inflates one raw DEFLATE message (RFC 1951) to its text. */
async function inflate(message: ArrayBuffer): Promise<string> {
  const plain = new Blob([message]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(plain).text();
}

/**
 * Turns messages into frames in the order of their arrival. Text is decoded at once; inflating is
 * asynchronous, so whatever arrives behind a compressed message waits for it.
 */
export class Inbox {
  #queue: Message[] = [];
  #inflating = false;
  #closed = false;

  constructor(
    private readonly deliver: (frame: OperatorDown) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  push(message: Message): void {
    this.#queue.push(message);
    if (!this.#inflating) this.#drain();
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  #drain(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const message = this.#queue.shift();
      if (typeof message === "string") this.#decode(message);
      else if (message !== undefined) return this.#wait(message);
    }
  }

  #wait(message: ArrayBuffer): void {
    this.#inflating = true;
    inflate(message)
      .then((text) => this.#decode(text))
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#inflating = false;
        this.#drain();
      });
  }

  /** Whoever closed it has another one by now. */
  #complain(error: unknown): void {
    if (!this.#closed) this.fail(error);
  }

  #decode(text: string): void {
    if (this.#closed) return;
    let frame: OperatorDown;
    try {
      frame = JSON.parse(text) as OperatorDown;
    } catch (error) {
      this.fail(error);
      return;
    }
    this.deliver(frame);
  }
}
