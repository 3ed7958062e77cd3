import { ApiError, UNREACHABLE } from "./errors";

/** Hears how many bytes are here, and of how many when the server said so. */
export type Received = (bytes: number, total: number | null) => void;

export interface ReceivedFile {
  readonly name: string;
  readonly content: Blob;
}

/** The body of an answer as a file; ApiError when the connection breaks on the way. */
export async function fileOf(response: Response, received: Received): Promise<ReceivedFile> {
  const length = response.headers.get("content-length");
  const total = length === null ? null : Number(length);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for await (const part of partsOf(response)) {
      parts.push(part);
      bytes += part.length;
      received(bytes, total);
    }
  } catch {
    throw new ApiError(0, UNREACHABLE, "The connection broke before the file was complete.");
  }
  return { name: nameOf(response), content: new Blob(parts) };
}

async function* partsOf(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) yield part.value;
}

function nameOf(response: Response): string {
  return /filename="?([^";]+)"?/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "download";
}

/** Gives a file to the person, as a link of the page would. */
export function save({ name, content }: ReceivedFile): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
