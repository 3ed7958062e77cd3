import { ApiError } from "../../api/errors";
import { useErrorText } from "../../i18n/texts";
import type { RunTargetRow } from "../../wire/frames";

/** Why a target did not succeed: the service's own words, or ours for what the server found. */
export function TargetProblem({ target: { errorCode, errorMessage } }: { target: Pick<RunTargetRow, "errorCode" | "errorMessage"> }) {
  const text = useErrorText();
  if (errorCode === null) return null;
  return <span className="run-problem">{text(new ApiError(0, errorCode, errorMessage ?? errorCode))}</span>;
}
