import type { FunctionFacts } from "../configuration";

/** What the rotation of the clients' API keys is told of its stack. Every client of the facts has a key. */
export interface RotateClientKeysConfiguration extends FunctionFacts {
  readonly trustTable: string;
  /** After so long every authorizer has read the table since: its refresh time, and the time-out of a reading. */
  readonly settleMs: number;
  /** For so long after its successor is in force, an old key still opens. */
  readonly overlapMs: number;
}

export const clientKeySecret = (namePrefix: string, clientId: string): string =>
  `${namePrefix}/clients/${clientId}/api-key`;

/** The key that the program seeds. */
export const seedKeyName = (namePrefix: string, clientId: string): string => `${namePrefix}-${clientId}`;

/** A key of the rotation's. No client's id holds a dot, so that no other client's key has such a name. */
export const keyName = (namePrefix: string, clientId: string, token: string): string =>
  `${seedKeyName(namePrefix, clientId)}.${token}`;
