import type { OutputLine } from "../wire/frames";
import { OutputLog } from "../wire/output";
import { commandPath } from "./actions";
import type { Api } from "./client";

/** A stretch of the output as REST answers it. */
interface Stretch {
  readonly offset: number;
  readonly lines: OutputLine[];
  readonly nextOffset: number;
  readonly total: number;
}

const MOST_LINES = 5000;

/** Everything that the server has kept of a command's output. */
export async function fetchOutput(api: Api, commandId: string): Promise<OutputLog> {
  const log = new OutputLog();
  for (let offset = 0, more = true; more; ) {
    const part = await api.get<Stretch>(`${commandPath(commandId)}/output?offset=${offset}&limit=${MOST_LINES}`);
    log.append(part.offset, part.lines);
    more = part.nextOffset < part.total && part.nextOffset > offset;
    offset = part.nextOffset;
  }
  return log;
}
