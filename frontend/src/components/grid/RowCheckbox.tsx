interface BoxProps {
  /** What is chosen, in words, or the id of what shows them. */
  label: string | { by: string };
  checked: boolean;
  /** Some, but not all, of what it stands for. */
  partly?: boolean;
  /** False where another key does the same. */
  reachable?: boolean;
  /** Told whether Shift was held. */
  onChange: (shift: boolean) => void;
}

/** A checkbox of the browser itself: thousands of rows ask for something light. */
export function RowCheckbox({ label, checked, partly = false, reachable = true, onChange }: BoxProps) {
  return (
    <label className="row-check">
      <input
        type="checkbox"
        checked={checked}
        tabIndex={reachable ? undefined : -1}
        aria-label={typeof label === "string" ? label : undefined}
        aria-labelledby={typeof label === "string" ? undefined : label.by}
        ref={(box) => {
          if (box !== null) box.indeterminate = partly;
        }}
        onChange={({ nativeEvent }) => onChange(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
      />
    </label>
  );
}
