import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "../api/errors";
import { useErrorText } from "../i18n/texts";
import { StateShape } from "./StateShape";
import type { Look } from "./states";

interface EmptyProps {
  title: string;
  hint?: string;
  look?: Look;
  /** It is all there is on the page: its title is the page's. */
  whole?: boolean;
  children?: ReactNode;
}

/** Says that there is nothing, why, and what to do next. */
export function EmptyState({ title, hint, look = { tone: "idle", shape: "link" }, whole = false, children }: EmptyProps) {
  const Title = whole ? "h1" : "h2";
  return (
    <div className="empty">
      <StateShape look={look} size={40} />
      <Title className="empty__title">{title}</Title>
      {hint !== undefined && <p className="empty__hint">{hint}</p>}
      {children !== undefined && <div className="empty__next">{children}</div>}
    </div>
  );
}

/** A whole part of the page that could not be had. */
export function FailureState({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const failure = asApiError(error);
  return (
    <EmptyState title={t("failure.title")} hint={text(failure)} look={{ tone: "bad", shape: "alert" }}>
      {retry !== undefined && <Button onClick={retry}>{t("common.retry")}</Button>}
      <p className="faint">{t("common.errorCode", { code: failure.code })}</p>
    </EmptyState>
  );
}
