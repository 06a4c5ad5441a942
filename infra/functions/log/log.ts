import type { LogFields, SettingsNames } from "./fields";
import { functionNames, logFieldTypes } from "./fields";
import type { KnownName } from "./fieldTypes";
import { formatLine } from "./line";
import { metricNamespace, metricNames, metrics, type MetricName, type MetricValues } from "./metrics";
import { sampleUsage, usageMetrics, type UsageSample } from "./usage";

export interface LogOptions extends SettingsNames {
  readonly functionName: (typeof functionNames)[number];
  readonly namePrefix: string;
  /** The function's memory setting. */
  readonly memoryLimitMb: number;
  /** @default writes to the standard output, past the runtime's console, which would wrap the line */
  readonly write?: (line: string) => void;
  /** @default Date.now */
  readonly nowMs?: () => number;
  /** @default reads the process */
  readonly sample?: () => UsageSample;
}

/** What becomes of one request: gathered on the way, written once. */
export interface RequestLog {
  set(fields: LogFields): void;
  /** Adds to a sum, or sets a gauge: as the metric's `combine` says. */
  measure(values: MetricValues): void;
  /** Writes the line; a second call writes nothing. */
  end(): void;
}

export interface Log {
  /** The client of that id, if the settings know it. */
  clientId(value: unknown): KnownName<"client"> | undefined;
  agentId(value: unknown): KnownName<"agent"> | undefined;
  secret(value: unknown): KnownName<"secret"> | undefined;
  begin(): RequestLog;
}

const NAME_PREFIX = /^[a-z][a-z0-9-]{0,40}$/;

/** @throws RangeError when a name is not of the settings' form */
export function createLog(options: LogOptions): Log {
  if (!NAME_PREFIX.test(options.namePrefix)) {
    throw new RangeError(
      `name prefix: got another form; allowed: ${NAME_PREFIX.source}; fix: pass the stack's prefix`,
    );
  }
  const types = logFieldTypes(options);
  const namespace = metricNamespace(options.namePrefix);
  const {
    functionName,
    memoryLimitMb,
    write = toStandardOutput,
    nowMs = Date.now,
    sample = sampleUsage,
  } = options;
  return {
    clientId: (value) => (types.clientId.accepts(value) ? value : undefined),
    agentId: (value) => (types.agentId.accepts(value) ? value : undefined),
    secret: (value) => (types.secret.accepts(value) ? value : undefined),
    begin() {
      const before = sample();
      let fields: LogFields = { functionName };
      let values: MetricValues = { Requests: 1 };
      let ended = false;
      return {
        set: (more) => {
          fields = { ...fields, ...more };
        },
        measure: (more) => {
          values = combined(values, more);
        },
        end: () => {
          if (ended) return;
          ended = true;
          const usage = usageMetrics(before, sample(), memoryLimitMb);
          write(formatLine(types, namespace, fields, { ...values, ...usage }, nowMs()));
        },
      };
    },
  };
}

const toStandardOutput = (line: string): void => void process.stdout.write(`${line}\n`);

/** What has no place in the list of metrics is carried on, so that the line counts it as refused. */
function combined(values: MetricValues, more: MetricValues): MetricValues {
  const sums = metricNames.flatMap((name): [MetricName, number][] => {
    const before = values[name];
    const added = more[name];
    const isSum = metrics[name].combine === "sum";
    return isSum && before !== undefined && added !== undefined ? [[name, before + added]] : [];
  });
  return { ...values, ...more, ...Object.fromEntries(sums) };
}
