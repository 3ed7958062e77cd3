import { useState } from "react";
import { useNavigate } from "react-router";
import { useExecute, useRetry } from "../../api/actions";
import { newKey } from "../../api/idempotency";
import type { ActionBody, ServiceDetailRow } from "../../wire/frames";
import type { Passage } from "../back";
import type { OpenAction } from "../result/resultAction";
import { useConfirmation } from "./useConfirmation";

type Payload = Record<string, unknown>;

export interface Run {
  /** Confirms where that is asked for, starts the command and goes to its page. */
  readonly start: (payload: Payload) => Promise<void>;
  readonly busy: boolean;
  readonly error: Error | null;
  /** The failure is about what was there before. */
  readonly forget: () => void;
}

/** Starts the action of a form, or does again with its payload what failed. `passage` goes along to the command's page. */
export function useRun(service: ServiceDetailRow, action: ActionBody, opened: OpenAction, passage: Passage): Run {
  const navigate = useNavigate();
  const execute = useExecute(service.id, action.name);
  const retry = useRetry(opened.retryOf ?? "");
  const confirm = useConfirmation(service, { ...action, requiresConfirmation: action.requiresConfirmation || opened.confirm === true });
  const [key, setKey] = useState(newKey);
  const doing = opened.retryOf === undefined ? execute : retry;
  const start = async (payload: Payload): Promise<void> => {
    const confirmation = await confirm();
    if (confirmation === null) return;
    doing.mutate({ payload, confirmation, key }, { onSuccess: ({ id }) => void navigate(`/commands/${id}`, { state: passage }) });
  };
  const forget = (): void => {
    if (doing.error === null) return;
    doing.reset();
    // Something else is asked for now.
    setKey(newKey());
  };
  return { start, busy: doing.isPending, error: doing.error, forget };
}
