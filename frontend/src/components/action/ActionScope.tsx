import { useMemo, type ReactNode } from "react";
import type { ServiceDetailRow } from "../../wire/frames";
import type { Back } from "../back";
import { ResultActionsContext } from "../result/ActionButtons";
import type { OpenAction } from "../result/resultAction";
import { ActionDrawer } from "./ActionDrawer";
import { useFocusReturn } from "./useFocusReturn";
import { useActionAddress } from "./useActionAddress";

interface ScopeProps {
  /** Undefined while it is not known; its buttons wait for it. */
  service: ServiceDetailRow | undefined;
  back: Back;
  /** The command whose result is shown: when an action of it has ended, that can be done again. */
  source?: string;
  children: (open: (action: OpenAction) => void) => ReactNode;
}

/** A part of a page in which actions of one service can be opened, by buttons of results as well. */
export function ActionScope({ service, back, source, children }: ScopeProps) {
  const { opened, open, close } = useActionAddress();
  useFocusReturn(opened !== null);
  const actions = service?.actions;
  const names = useMemo(
    () => (actions === undefined ? null : new Set(actions.filter(({ enabled }) => enabled).map(({ name }) => name))),
    [actions],
  );
  return (
    <ResultActionsContext value={{ names, open }}>
      {children(open)}
      {service !== undefined && opened !== null && <ActionDrawer key={opened.name} service={service} opened={opened} passage={{ back, source }} close={close} />}
    </ResultActionsContext>
  );
}
