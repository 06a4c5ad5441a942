/** What was asked, so that somebody else can ask the same. */
export interface Asked {
  readonly system: string;
  readonly asked: string;
}

/** What a source says, or why it says nothing: silence is never a zero. */
export type Answer<T> =
  | { readonly known: true; readonly value: T; readonly asked: readonly Asked[] }
  | { readonly known: false; readonly because: string; readonly asked: readonly Asked[] };

export const known = <T>(value: T, asked: readonly Asked[]): Answer<T> => ({ known: true, value, asked });

export const unknown = (because: string, asked: readonly Asked[]): Answer<never> => ({
  known: false,
  because,
  asked,
});

/** Milliseconds since the epoch, the end exclusive. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export const hoursOf = ({ fromMs, toMs }: Window): number => (toMs - fromMs) / HOUR_MS;

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
