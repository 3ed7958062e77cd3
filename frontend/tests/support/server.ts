import type { OperatorDown, OperatorUp, Subscribe } from "../../src/wire/frames";
import type { Channel } from "../../src/wire/socket";

/** The server's end of one connection: sees what the console sends, and answers by hand. */
export class ServerEnd implements Channel {
  binaryType: BinaryType = "blob";
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly received: OperatorUp[] = [];
  closedByConsole = false;

  send(text: string): void {
    this.received.push(JSON.parse(text) as OperatorUp);
  }

  close(): void {
    this.closedByConsole = true;
  }

  say(frame: OperatorDown): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }

  sayBytes(data: ArrayBuffer): void {
    this.onmessage?.({ data } as MessageEvent);
  }

  hello(epoch = "e1"): void {
    const user = { username: "ada", role: "owner" };
    this.say({ type: "hello", epoch, serverTime: "2026-01-01T00:00:00.000Z", version: "0.4.0", pingSeconds: 25, user });
  }

  /** Ends the connection as seen by the console. */
  drop(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason } as CloseEvent);
  }

  get subscribes(): Subscribe[] {
    return this.received.filter((frame) => frame.type === "subscribe");
  }

  get last(): Subscribe {
    const found = this.subscribes.at(-1);
    if (found === undefined) throw new Error("the console has not subscribed to anything");
    return found;
  }
}
