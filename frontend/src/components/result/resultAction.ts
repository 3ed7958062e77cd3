import { asText, at, isEmpty, isRecord, isRecordList } from "../json";

type Payload = Record<string, unknown>;

/** A button of a result. */
export interface ResultAction {
  readonly label: string;
  /** The name of an action of the same service. */
  readonly action: string;
  readonly payload: Payload;
  readonly danger: boolean;
  /** Asked for in any case. */
  readonly confirm: boolean;
}

/** An action to open, with what is laid over its initial payload and a card to show with it. */
export interface OpenAction {
  readonly name: string;
  readonly overlay: Payload;
  readonly detail: Payload | null;
  /** The command that is retried with the payload of the form. */
  readonly retryOf?: string;
  /** Asks before it runs, even if the action itself would not. */
  readonly confirm?: boolean;
}

const ROW_PATH = /^\$row\.(.+)$/;
const DETAIL = "__detail";

/** The buttons a result declares; what is no button is left out. */
export function readActions(value: unknown): ResultAction[] {
  if (!isRecordList(value)) return [];
  return value.flatMap((one) => {
    const action = asText(one.action);
    if (action === null) return [];
    const payload = isRecord(one.payload) ? one.payload : {};
    return [{ label: asText(one.label) ?? action, action, payload, danger: one.danger === true, confirm: one.confirm === true }];
  });
}

/** What a click opens; `row` is null for buttons that belong to no row. */
export function openAction({ action, payload, confirm }: ResultAction, row: Payload | null): OpenAction {
  const filled = row === null ? payload : fillIn(payload, row);
  const { [DETAIL]: detail, ...overlay } = isRecord(filled) ? filled : {};
  return { name: action, overlay, detail: asDetail(detail), confirm };
}

/** Replaces every text that is exactly `$row.<path>` by the value at that path, at any depth. */
export function fillIn(value: unknown, row: Payload): unknown {
  if (typeof value === "string") {
    const path = ROW_PATH.exec(value)?.[1];
    return path === undefined ? value : at(row, path);
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(one, row));
  if (!isRecord(value)) return value;
  const filled = Object.entries(value).map(([key, one]) => [key, fillIn(one, row)]);
  return Object.fromEntries(filled.filter(([, one]) => one !== undefined));
}

/** True when a result has buttons. */
export function hasActions(data: Payload): boolean {
  const { list, detail } = data;
  const declared = [isRecord(list) ? [list.rowActions, list.pageActions] : [], isRecord(detail) ? [detail.actions] : []].flat();
  return declared.some((one) => readActions(one).length > 0);
}

/** Values without a frame are a card as well. */
function asDetail(detail: unknown): Payload | null {
  if (!isRecord(detail) || isEmpty(detail)) return null;
  return isRecord(detail.data) ? detail : { data: detail };
}
