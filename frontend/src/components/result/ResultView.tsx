import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isEmpty, isRecord } from "../json";
import { JsonView } from "../JsonView";
import { ValueList } from "../ValueList";
import { ResultDetail } from "./ResultDetail";
import { ResultList } from "./ResultList";

/** What an action returned: as it asked to be shown, with the raw JSON always at hand. */
export function ResultView({ data }: { data: Record<string, unknown> }) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  if (isEmpty(data)) return <span className="faint">{t("command.noData")}</span>;
  const options = [
    { value: false, label: t("common.showFormatted") },
    { value: true, label: t("common.showRaw") },
  ];
  return (
    <div className="result">
      <Segmented<boolean> size="small" className="result__switch" value={raw} onChange={setRaw} options={options} />
      {raw ? <JsonView value={data} /> : <Structured data={data} />}
    </div>
  );
}

function Structured({ data }: { data: Record<string, unknown> }) {
  const { list, detail, ...rest } = data;
  const shownList = isRecord(list) && Array.isArray(list.data) ? list : null;
  const shownDetail = isRecord(detail) && isRecord(detail.data) ? detail : null;
  const others = { ...rest, ...(shownList === null && list !== undefined ? { list } : {}), ...(shownDetail === null && detail !== undefined ? { detail } : {}) };
  return (
    <>
      {!isEmpty(others) && <ValueList values={others} />}
      {shownDetail !== null && <ResultDetail detail={shownDetail} />}
      {shownList !== null && <ResultList list={shownList} />}
    </>
  );
}
