import type { ActionBody } from "../wire/frames";

export type Role = "owner" | "operator" | "viewer";

export interface User {
  id: string;
  username: string;
  displayName: string | null;
  role: Role;
}

export interface Session {
  user: User;
  csrfToken: string;
  expiresAt: string;
}

export type TokenStatus = "ACTIVE" | "USED" | "REVOKED" | "EXPIRED";

export interface RegistrationToken {
  id: string;
  name: string;
  status: TokenStatus;
  /** Of the newest use, as `usedAt`. */
  agentId: string | null;
  maxUses: number;
  uses: number;
  codePattern: string | null;
  mode: string | null;
  labels: Record<string, string>;
  expiresAt: string | null;
  usedAt: string | null;
  revokedAt: string | null;
  createdAt: string;
}

/** The answer to creating a token: the only time the raw value is there. */
export interface CreatedToken extends RegistrationToken {
  rawToken: string;
}

export interface Pagination {
  page: number;
  pageSize: number;
  total: number;
}

export interface Page<T> {
  data: T[];
  pagination: Pagination;
}

/** A command as REST answers it; the live view has more. */
export interface CommandSummary {
  id: string;
  status: string;
}

/** What an action looks like right now, after asking the service. */
export interface PreparedAction {
  action: ActionBody;
  initialPayload: Record<string, unknown>;
  currentState: Record<string, unknown>;
}
