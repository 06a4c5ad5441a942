import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { logicalName, type Manifest } from "../cluster/manifest";
import { manifestOf, problemsOf } from "../cluster/testSupport";
import { somePins } from "../pins/testSupport";
import { SCANS, type ScanName } from "./scanning.schema";
import { checkScanTimes, limitSeconds, scanningManifests, unpinnedImages } from "./scanningRules";
import { againstRestricted } from "./restricted";
import { rawScanning, scannedAgents, scanningArgs, scanningSettings } from "./testSupport";
import { readContract } from "../contract/contract";

const manifests = scanningManifests(scanningArgs());
const made = manifests.map((each) => logicalName("scanning", each));

interface Container {
  name: string;
  image: string;
  command: string[];
  env: { name: string; value?: string }[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}
interface Pod {
  serviceAccountName: string;
  initContainers: Container[];
  containers: Container[];
  volumes: ({ name: string } & Record<string, unknown>)[];
  securityContext: Record<string, unknown>;
}
interface CronJob {
  schedule: string;
  jobTemplate: { spec: { activeDeadlineSeconds: number; template: { spec: Pod } } };
}
const jobOf = (scan: ScanName, all: readonly Manifest[] = manifests): CronJob =>
  JSON.parse(JSON.stringify(manifestOf(all, "CronJob", scan).spec)) as CronJob;
const podOf = (scan: ScanName, all?: readonly Manifest[]): Pod =>
  jobOf(scan, all).jobTemplate.spec.template.spec;
const dataOf = (name: string, all: readonly Manifest[] = manifests): Record<string, string> =>
  (manifestOf(all, "ConfigMap", name) as { data: Record<string, string> }).data;

interface PlanJob {
  type: string;
  alwaysRun?: boolean;
  parameters?: Record<string, unknown>;
  tests?: Record<string, unknown>[];
}
interface Plan {
  env: { parameters: object };
  jobs: PlanJob[];
}
const planOf = (scan: ScanName): Plan => load(dataOf(scan)["plan.yaml"] ?? "") as Plan;

/**
 * What the jobs of ZAP 2.17.0 have setters for, by the sources at the tags of the add-ons that it ships: automation-v0.58.0, openapi-v48,
 * pscan-v0.6.0, replacer-v21, reports-v0.43.0, alertFilters-v26.
 * https://github.com/zaproxy/zaproxy/blob/v2.17.0/zap/src/main/main-add-ons.yml
 */
const KNOWN_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  "passiveScan-config": [
    "maxAlertsPerRule",
    "scanOnlyInScope",
    "maxBodySizeInBytesToScan",
    "enableTags",
    "disableAllRules",
  ],
  "passiveScan-wait": ["maxDuration"],
  alertFilter: ["deleteGlobalAlerts"],
  replacer: ["deleteAllRules"],
  openapi: ["apiFile", "apiUrl", "targetUrl", "context", "user"],
  activeScan: [
    ...["context", "user", "url", "policy", "defaultStrength", "defaultThreshold", "maxRuleDurationInMins"],
    ...["maxScanDurationInMins", "addQueryParam", "defaultPolicy", "delayInMs", "handleAntiCSRFTokens"],
    ...["injectPluginIdInHeader", "scanHeadersAllRequests", "threadPerHost", "maxAlertsPerRule"],
  ],
  report: [
    "template",
    "theme",
    "reportDir",
    "reportFile",
    "reportTitle",
    "reportDescription",
    "displayReport",
  ],
  exitStatus: ["errorLevel", "warnLevel", "okExitValue", "warnExitValue", "errorExitValue"],
};

describe("scanningManifests (B2.1, B2.2)", () => {
  it("make exactly these objects", () => {
    expect(made).toEqual([
      "scanning-namespace-fase-b-scanning",
      "scanning-network-policy-deny-all",
      "scanning-network-policy-staging",
      "scanning-network-policy-results",
      "scanning-resource-quota-one-at-a-time",
      "scanning-service-account-scans",
      "scanning-service-account-secrets-reader",
      "scanning-secret-store-secrets-manager",
      "scanning-external-secret-scanner-certificate",
      "scanning-external-secret-scanner-api-key",
      "scanning-config-map-scan-scripts",
      "scanning-config-map-zap-baseline",
      "scanning-cron-job-zap-baseline",
      "scanning-config-map-zap-authenticated",
      "scanning-cron-job-zap-authenticated",
      "scanning-config-map-fuzz",
      "scanning-cron-job-fuzz",
    ]);
  });

  it("are what Kubernetes' and the operators' published schemas know, and nothing else", () => {
    expect(manifests.flatMap(problemsOf)).toEqual([]);
  });

  it("would notice a field that Kubernetes does not know, or a value of another type", () => {
    const job = manifestOf(manifests, "CronJob", "fuzz");
    const wrong = (change: object): string[] =>
      problemsOf({ ...job, spec: { ...(job.spec as object), ...change } } as unknown as Manifest);
    expect(wrong({ timezone: "Etc/UTC" })).toEqual([expect.stringContaining("timezone")]);
    expect(wrong({ failedJobsHistoryLimit: "3" })).toEqual([
      expect.stringContaining("failedJobsHistoryLimit"),
    ]);
    expect(wrong({ schedule: undefined })).toEqual([expect.stringContaining("schedule")]);
  });

  it.each(SCANS)("run %s in a pod against which the restricted standard has nothing", (scan) => {
    expect(againstRestricted(podOf(scan))).toEqual([]);
  });

  it.each(SCANS)("leave %s nothing that it can write to but what goes with the pod, each bounded", (scan) => {
    const pod = podOf(scan);
    const writable = [...pod.initContainers, ...pod.containers].flatMap(({ volumeMounts }) =>
      volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name),
    );
    for (const name of writable)
      expect(pod.volumes.find((volume) => volume.name === name)?.["emptyDir"]).toMatchObject({
        sizeLimit: expect.stringMatching(/^\d+[MG]i$/),
      });
  });

  it.each(SCANS)("give the tool of %s no token, and who sends its reports away no key", (scan) => {
    const { initContainers, containers } = podOf(scan);
    const mounted = (all: Container[]): string[] =>
      all.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(mounted(initContainers)).not.toContain("token");
    expect(mounted(containers)).toEqual(["scripts", "reports", "token", "upload-tmp"]);
    expect(mounted(initContainers).includes("api-key")).toBe(scan !== "zap-baseline");
  });

  it.each(SCANS)("run %s the same by hand: nothing in the job knows when it is due", (scan) => {
    const other = scanningSettings({
      scans: { ...rawScanning().scans, [scan]: { ...rawScanning().scans[scan], schedule: "41 23 * * 6" } },
    });
    const moved = scanningManifests(scanningArgs({ settings: other }));
    expect(jobOf(scan, moved).schedule).toBe("41 23 * * 6");
    expect(jobOf(scan, moved).jobTemplate).toEqual(jobOf(scan).jobTemplate);
    expect(dataOf(scan, moved)).toEqual(dataOf(scan));
  });

  it.each(SCANS)("end the tool of %s before the pod is ended, so that somebody says how it went", (scan) => {
    const { activeDeadlineSeconds } = jobOf(scan).jobTemplate.spec;
    const limit = Number(
      podOf(scan).initContainers[0]?.env.find(({ name }) => name === "LIMIT_SECONDS")?.value,
    );
    expect(limit).toBe(limitSeconds(activeDeadlineSeconds / 60));
    expect(activeDeadlineSeconds - limit).toBe(300);
    if (scan === "fuzz") return;
    const minutes = (parameter: string): number[] =>
      planOf(scan).jobs.flatMap(({ parameters }) => (parameters?.[parameter] as number | undefined) ?? []);
    expect(minutes("maxScanDurationInMins")).toEqual(scan === "zap-authenticated" ? [limit / 60 - 2] : []);
    expect(Math.max(...minutes("maxDuration"))).toBe(limit / 60 - 2);
  });

  it.each(["zap-baseline", "zap-authenticated"] as const)(
    "give ZAP 2.17.0 a plan for %s without a parameter that it does not know: a warning, with which nothing is begun",
    (scan) => {
      const { env, jobs } = planOf(scan);
      expect(Object.keys(env.parameters)).toEqual([
        "failOnError",
        "failOnWarning",
        "continueOnFailure",
        "progressToStdout",
      ]);
      for (const { type, parameters = {} } of jobs)
        expect(KNOWN_PARAMETERS[type] ?? []).toEqual(expect.arrayContaining(Object.keys(parameters)));
    },
  );

  it("fail a scan of which one route is not imported: ZAP's statistic counts on over all of them", () => {
    const least = planOf("zap-authenticated")
      .jobs.filter(({ type }) => type === "openapi")
      .flatMap(({ tests }) => tests ?? []);
    expect(least.map(({ value }) => value)).toEqual(least.map((_, before) => before + 1));
    expect(least.length).toBeGreaterThan(1);
    for (const test of least)
      expect(test).toMatchObject({ statistic: "openapi.urls.added", operator: ">=", onFail: "error" });
  });

  it.each([
    ["zap-authenticated", [401, 403, 429]],
    ["zap-baseline", [200, 201, 202]],
  ] as const)("fail %s where ZAP itself is answered %j, before anything is attacked", (scan, statuses) => {
    const { jobs } = planOf(scan);
    const types = jobs.map(({ type }) => type);
    const look = jobs[types.indexOf("passiveScan-wait")];
    const attacked = types.indexOf("activeScan");
    expect(types.indexOf("passiveScan-wait")).toBeLessThan(attacked === -1 ? types.length : attacked);
    const origins = (dataOf(scan)["targets"] ?? "").match(/https:\/\/[^/]+/g) ?? [];
    expect(look?.tests?.map(({ site, statistic }) => [site, statistic])).toEqual(
      origins.flatMap((origin) => statuses.map((status) => [origin, `stats.code.${status}`])),
    );
    for (const test of look?.tests ?? [])
      expect(test).toMatchObject({ type: "stats", operator: "==", value: 0, onFail: "error" });
  });

  it("fail an attack that was cut off: ZAP ends it as if all had been tried", () => {
    const attack = planOf("zap-authenticated").jobs.find(({ type }) => type === "activeScan");
    const minutes = Number(attack?.parameters?.["maxScanDurationInMins"]);
    expect(attack?.tests).toContainEqual(
      expect.objectContaining({ statistic: "stats.ascan.time", operator: "<", value: minutes * 60_000 }),
    );
    expect(attack?.tests).toContainEqual(
      expect.objectContaining({ statistic: "stats.ascan.stopped", operator: "==", value: 0 }),
    );
  });

  it("reach staging, the resolver and where results go", () => {
    const egress = ["staging", "results"].flatMap((name) => {
      const { spec } = manifestOf(manifests, "NetworkPolicy", name) as {
        spec?: { egress?: { to: object[]; ports: { port: number }[] }[] };
      };
      return spec?.egress ?? [];
    });
    expect(egress.slice(1)).toEqual([
      { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
      { to: [{ ipBlock: { cidr: "192.0.2.128/25" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
  });

  it("scan each route at an agent that lets the scanner in, and no other", () => {
    const agents = scannedAgents().flatMap((agent) =>
      agent.id === "chat-01"
        ? [
            {
              ...agent,
              id: "chat-00",
              domain: "chat-00.staging.example.com",
              configuration: { ...agent.configuration, clients: ["web-app"] },
            },
            agent,
          ]
        : [agent],
    );
    expect(dataOf("fuzz", scanningManifests(scanningArgs({ agents })))["targets"]).toBe(
      "chat https://chat-01.staging.example.com/chat\n" +
        "vision https://vision-01.staging.example.com/vision\n" +
        "realtime-voice-tickets https://voice-tickets-01.staging.example.com/realtime-voice/tickets\n",
    );
  });

  it("hand each tool the contract of its route alone", () => {
    const contract = JSON.parse(dataOf("zap-authenticated")["contract-vision.json"] ?? "") as {
      paths: object;
      servers: object;
    };
    expect(Object.keys(contract.paths)).toEqual(["/vision"]);
    expect(contract.servers).toEqual([{ url: "https://vision-01.staging.example.com" }]);
  });

  it("attack in the authenticated scan alone, fail on what is Medium, and report whatever happens", () => {
    const types = (scan: ScanName): string[] => planOf(scan).jobs.map(({ type }) => type);
    expect(types("zap-baseline")).not.toContain("activeScan");
    expect(types("zap-authenticated")).toContain("activeScan");
    for (const scan of ["zap-baseline", "zap-authenticated"] as const) {
      const [report, exitStatus] = planOf(scan).jobs.slice(-2);
      expect(report).toMatchObject({
        type: "report",
        alwaysRun: true,
        parameters: { reportFile: "report.json" },
      });
      expect(exitStatus).toMatchObject({
        type: "exitStatus",
        alwaysRun: true,
        parameters: { errorLevel: "Medium" },
      });
    }
  });

  it("hold every tool to the settings' rate", () => {
    const slow = scanningManifests(scanningArgs({ settings: scanningSettings({ requestsPerSecond: 3 }) }));
    expect(dataOf("zap-baseline", slow)["zap.properties"]).toContain("reqsPerSec=3\n");
    expect(dataOf("zap-authenticated", slow)["zap.properties"]).toContain("reqsPerSec=3\n");
    expect(dataOf("fuzz", slow)["schemathesis.toml"]).toContain('rate-limit = "3/s"\n');
  });

  it("hold no secret, and name the key where the fuzzer reads it", () => {
    expect(dataOf("fuzz")["schemathesis.toml"]).toContain('api_key = "${SCAN_API_KEY}"');
    expect(JSON.stringify(manifests)).not.toMatch(/BEGIN (EC )?PRIVATE KEY/);
  });

  it.each([
    ["zap", ["fuzz"]],
    ["schemathesis", ["zap-baseline", "zap-authenticated"]],
    ["aws-cli", []],
  ] as const)("leave out the scans that need %s where nobody could look it up", (image, left) => {
    const pins = somePins(image);
    const jobs = scanningManifests(scanningArgs({ pins })).filter(({ kind }) => kind === "CronJob");
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(left);
    expect(unpinnedImages(pins)).toEqual([image]);
  });

  it("run images by their digests", () => {
    for (const scan of SCANS)
      for (const { image } of [...podOf(scan).initContainers, ...podOf(scan).containers])
        expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
  });
});

describe("checkScanTimes", () => {
  const check = (fuzz: object, baselineMinutes = 15) =>
    checkScanTimes(
      scanningSettings({
        scans: {
          ...rawScanning().scans,
          "zap-baseline": { schedule: "17 1 * * *", timeoutMinutes: baselineMinutes },
          fuzz: { ...rawScanning().scans.fuzz, ...fuzz },
        },
      }),
      scannedAgents(),
      readContract(),
    ).map(({ path }) => path);

  it("has nothing against scans that have their time", () => {
    expect(check({})).toEqual([]);
    expect(check({ secondsPerRoute: 1_040 })).toEqual([]);
    expect(check({}, 7)).toEqual([]);
  });

  it("refuses routes that are fuzzed for longer than the run", () => {
    expect(check({ secondsPerRoute: 1_041 })).toEqual(["scanning.scans.fuzz.secondsPerRoute"]);
  });

  it("refuses a run that has no time but for its images", () => {
    expect(check({}, 6)).toEqual(["scanning.scans.zap-baseline.timeoutMinutes"]);
  });
});
