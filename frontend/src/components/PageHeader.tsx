import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Back, Passage } from "./back";
import { BackIcon } from "./icons";
import { useTitle } from "./useTitle";

interface HeaderProps {
  title: string;
  /** Where the page belongs to. */
  parent?: Back;
  tag?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, parent, tag, children, actions }: HeaderProps) {
  useTitle(title);
  return (
    <header className="page-header">
      <div className="page-header__text">
        {parent !== undefined && (
          <Link className="page-header__parent" to={parent.to} state={{ back: parent.back } satisfies Passage}>
            <BackIcon size={14} />
            {parent.label}
          </Link>
        )}
        <div className="page-header__line">
          <h1>{title}</h1>
          {tag}
        </div>
        {children !== undefined && <div className="page-header__more">{children}</div>}
      </div>
      {actions !== undefined && <div className="page-header__actions">{actions}</div>}
    </header>
  );
}
