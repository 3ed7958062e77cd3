import { Button, type ButtonProps } from "antd";
import { useHref, useLinkClickHandler } from "react-router";
import type { Passage } from "./back";

interface LinkButtonProps extends Pick<ButtonProps, "type" | "icon" | "danger" | "children"> {
  to: string;
  state?: Passage;
}

/** A link that looks like a button: it can be opened in a tab of its own. */
export function LinkButton({ to, state, ...look }: LinkButtonProps) {
  const href = useHref(to);
  const click = useLinkClickHandler<HTMLAnchorElement>(to, { state });
  return <Button {...look} href={href} onClick={(event) => click(event as React.MouseEvent<HTMLAnchorElement>)} />;
}
