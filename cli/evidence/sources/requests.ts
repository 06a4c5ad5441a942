import type { Answer, Window } from "./answer";

/** How long requests of the objective's route took. */
export interface LatencyFigures {
  /** Requests of clients that the route served. */
  readonly samples: number;
  /** Of them those over the threshold, where the source counts exactly these. */
  readonly slow?: number;
  readonly percentileMs: number;
  /** The percentile lies in the last bucket, which has no upper bound. */
  readonly percentileIsAtLeast?: boolean;
  /** By which metrics, in a few words. */
  readonly how: string;
}

export interface Share {
  readonly samples: number;
  readonly errors: number;
}

/** How many requests ended in 5xx. */
export interface ErrorFigures {
  /** Of what clients asked, in this each request counts for itself. */
  readonly clients: Share;
  /** As the gateway itself counts, where it does. */
  readonly gateway?: Share;
  readonly how: string;
}

/** Where p95 and errors are measured. */
export interface RequestsSource {
  /** The last window of that length of which all is there. */
  windowOf(nowMs: number, hours: number): Window;
  latency(window: Window): Promise<Answer<LatencyFigures>>;
  errors(window: Window): Promise<Answer<ErrorFigures>>;
}
