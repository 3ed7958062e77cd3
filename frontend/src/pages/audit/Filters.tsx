import { Button, Input, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AuditFilter } from "../../api/audit";
import { instantOf, wallTimeOf } from "../../components/wallTime";
import { PHONE, useMedia } from "../../components/useMedia";
import { useZone } from "../../zone";
import { isFiltered } from "./filter";
import { useActionOptions, useActorOptions, useResultOptions, useTargetOptions } from "./options";

interface FilterProps {
  filter: AuditFilter;
  change: (part: Partial<AuditFilter>) => void;
  clear: () => void;
}

/** Everything the trail can be asked for; on a phone behind one line. */
export function Filters(props: FilterProps) {
  const { t } = useTranslation();
  const phone = useMedia(PHONE);
  const filtered = isFiltered(props.filter);
  const fields = <Fields {...props} filtered={filtered} />;
  if (!phone) return fields;
  return (
    <details className="audit-filters__fold">
      <summary>{t(filtered ? "audit.filtersOn" : "audit.filters")}</summary>
      {fields}
    </details>
  );
}

function Fields({ filter, change, clear, filtered }: FilterProps & { filtered: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="audit-filters" role="group" aria-label={t("audit.filters")}>
      <ActionField filter={filter} change={change} />
      <ActorField filter={filter} change={change} />
      <TargetFields filter={filter} change={change} />
      <Field label={t("audit.colResult")}>
        <Select allowClear placeholder={t("audit.any")} aria-label={t("audit.colResult")} options={useResultOptions()} value={filter.result ?? undefined} onChange={(result?: string) => change({ result: result ?? null })} />
      </Field>
      <TimeField label={t("audit.from")} value={filter.from} onChange={(from) => change({ from })} />
      <TimeField label={t("audit.to")} value={filter.to} onChange={(to) => change({ to })} />
      {filtered && <Button onClick={clear}>{t("common.clear")}</Button>}
    </div>
  );
}

type PartProps = Pick<FilterProps, "filter" | "change">;

function ActionField({ filter, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <Field label={t("audit.colWhat")}>
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        optionFilterProp="label"
        placeholder={t("audit.any")}
        aria-label={t("audit.colWhat")}
        options={useActionOptions()}
        value={[...filter.action]}
        onChange={(action: string[]) => change({ action })}
      />
    </Field>
  );
}

const TYPE = "type:";

/** Either a kind of actor or one of them. */
function ActorField({ filter, change }: PartProps) {
  const { t } = useTranslation();
  const value = filter.actorId ?? (filter.actorType === null ? undefined : TYPE + filter.actorType);
  const choose = (chosen?: string) => {
    const type = chosen?.startsWith(TYPE) === true ? chosen.slice(TYPE.length) : null;
    change({ actorType: type, actorId: type === null ? (chosen ?? null) : null });
  };
  return (
    <Field label={t("audit.colWho")}>
      <Select allowClear showSearch optionFilterProp="label" placeholder={t("audit.any")} aria-label={t("audit.colWho")} options={useActorOptions(TYPE)} value={value} onChange={choose} />
    </Field>
  );
}

function TargetFields({ filter, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field label={t("audit.colTarget")}>
        <Select allowClear placeholder={t("audit.any")} aria-label={t("audit.colTarget")} options={useTargetOptions()} value={filter.targetType ?? undefined} onChange={(targetType?: string) => change({ targetType: targetType ?? null })} />
      </Field>
      <Field label={t("audit.targetId")}>
        <Input allowClear maxLength={160} aria-label={t("audit.targetId")} placeholder={t("audit.any")} value={filter.targetId ?? ""} onChange={({ target }) => change({ targetId: target.value.trim() || null })} />
      </Field>
    </>
  );
}

/** A time as the chosen zone reads it. */
function TimeField({ label, value, onChange }: { label: string; value: string | null; onChange: (value: string | null) => void }) {
  const zone = useZone();
  return (
    <Field label={label}>
      <Input type="datetime-local" aria-label={label} value={value === null ? "" : wallTimeOf(value, zone)} onChange={({ target }) => onChange(instantOf(target.value, zone))} />
    </Field>
  );
}

/** The label is to be seen; what it labels carries it again as its name. */
function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="audit-filters__field">
      <span className="audit-filters__label" aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}
