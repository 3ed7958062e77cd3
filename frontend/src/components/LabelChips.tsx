/** Labels in a cell, each whole in its tooltip. */
export function LabelChips({ labels }: { labels: Readonly<Record<string, string>> }) {
  return (
    <span className="chips">
      {Object.entries(labels).map(([key, value]) => (
        <code key={key} className="chip chip--label" title={`${key}=${value}`}>
          {key}={value}
        </code>
      ))}
    </span>
  );
}
