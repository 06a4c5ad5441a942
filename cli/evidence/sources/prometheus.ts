import { z } from "zod";
import { jsonOf } from "../../../infra/shared/json";
import { kindOf } from "../../client/errors";
import { UsageError } from "../../usageError";
import { known, unknown, type Answer, type Asked } from "./answer";

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
const sampleValue = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const vector = z.object({
  resultType: z.literal("vector"),
  result: z.array(z.object({ metric: labels, value: sampleValue })).max(10_000),
});
const matrix = z.object({
  resultType: z.literal("matrix"),
  result: z.array(z.object({ metric: labels, values: z.array(sampleValue) })).max(10_000),
});
const success = <D extends z.ZodType>(data: D) =>
  z.object({ status: z.literal("success"), data, warnings: z.array(z.string()).optional() });

export interface VectorSample {
  readonly labels: Readonly<Record<string, string>>;
  /** May be no number: 0 requests have no percentile. */
  readonly value: number;
}

export interface PrometheusApi {
  /** An expression at one instant. */
  query(expr: string, atMs: number): Promise<Answer<readonly VectorSample[]>>;
  /** In how many of the instants an expression had any value. */
  instantsWithValues(expr: string, range: Range): Promise<Answer<number>>;
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepSeconds: number;
}

const TIMEOUT_MS = 60_000;
const MOST_BYTES = 8 * 1024 * 1024;

/** The HTTP API of a Prometheus, or of what speaks as one. */
export class HttpPrometheus implements PrometheusApi {
  constructor(
    private readonly url: string,
    private readonly signal?: AbortSignal,
  ) {}

  async query(expr: string, atMs: number): Promise<Answer<readonly VectorSample[]>> {
    const asked = { system: "prometheus", asked: `${expr} at ${new Date(atMs).toISOString()}` };
    const answer = await this.get("query", { query: expr, time: seconds(atMs) }, success(vector), asked);
    if (!answer.known) return answer;
    const samples = answer.value.result.map(({ metric, value: [, text] }) => ({
      labels: metric,
      value: numberIn(text),
    }));
    return known(samples, answer.asked);
  }

  async instantsWithValues(expr: string, { fromMs, toMs, stepSeconds }: Range): Promise<Answer<number>> {
    const asked = {
      system: "prometheus",
      asked: `${expr} from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()} by ${stepSeconds} s`,
    };
    const range = { query: expr, start: seconds(fromMs), end: seconds(toMs), step: String(stepSeconds) };
    const answer = await this.get("query_range", range, success(matrix), asked);
    if (!answer.known) return answer;
    const instants = answer.value.result.flatMap(({ values }) => values.map(([at]) => at));
    return known(new Set(instants).size, answer.asked);
  }

  private async get<D>(
    path: string,
    words: Readonly<Record<string, string>>,
    schema: z.ZodType<{ data: D; warnings?: string[] | undefined }>,
    asked: Asked,
  ): Promise<Answer<D>> {
    const silence = (why: string): Answer<never> => unknown(`prometheus gave no answer: ${why}`, [asked]);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}/api/v1/${path}`, {
        method: "POST",
        body: new URLSearchParams(words),
        redirect: "error",
        signal: this.signal === undefined ? timeout : AbortSignal.any([this.signal, timeout]),
      });
      text = await readBounded(response);
    } catch (error) {
      if (this.signal?.aborted) throw error;
      return silence(kindOf(error));
    }
    if (response.status === 401 || response.status === 403)
      throw new UsageError(
        `${new URL(this.url).host}: got HTTP ${response.status}; allowed: an address at which Prometheus may be asked; fix: collect from where it can be reached, or from cloudwatch`,
      );
    if (!response.ok) return silence(`HTTP ${response.status}`);
    const parsed = schema.safeParse(jsonOf(text));
    if (!parsed.success) return silence("its answer is none of the API's");
    // A store behind it was away, or too much was asked: what is there may not be all.
    const [warning] = parsed.data.warnings ?? [];
    if (warning !== undefined) return silence("it warns that its answer is not whole");
    return known(parsed.data.data, [asked]);
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** Its texts are Go's: `NaN`, `+Inf`. */
const numberIn = (text: string): number =>
  text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RangeError(`an answer of more than ${MOST_BYTES} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}
