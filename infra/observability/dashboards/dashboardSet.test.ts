import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { stagingSettings } from "../../../test/support/staging";
import { readContract } from "../../contract/contract";
import { dashboards, type DashboardModel } from "./dashboards";
import { dashboardIds } from "./dashboardIds";
import { Dashboards } from "./dashboardSet";
import { dataSources } from "./dataSources";

const READER = "arn:aws:iam::123456789012:role/fase-b-staging-grafana-reader";
const registrations = new Map<string, { readonly type: string; readonly inputs: Record<string, unknown> }>();
let models: readonly DashboardModel[];

const inputsOf = (name: string): Record<string, unknown> => {
  const found = registrations.get(name);
  if (!found) throw new Error(`no resource ${name}; there are: ${[...registrations.keys()].join(", ")}`);
  return found.inputs;
};

describe("Dashboards", () => {
  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          registrations.set(name, { type, inputs: inputs as Record<string, unknown> });
          return { id: `id-of-${name}`, state: inputs as object };
        },
        call: ({ token }) => {
          throw new Error(`no function is called while dashboards are declared; got ${token}`);
        },
      },
      "fase-b",
      "staging",
      true,
    );
    const settings = stagingSettings();
    models = dashboards(settings, readContract());
    const made = new Dashboards("dashboards", {
      namePrefix: settings.namePrefix,
      dashboards: models,
      dataSources: dataSources(settings, READER),
    });
    await new Promise<string>((done) => made.urn.apply(done));
    await pulumi.runtime.disconnect();
  });

  it("declares a folder, two data sources and a dashboard for each id", () => {
    expect([...registrations.keys()].sort()).toEqual(
      [
        "dashboards",
        "dashboards-folder",
        "dashboards-cloudwatch",
        "dashboards-prometheus",
        ...dashboardIds.map((id) => `dashboards-${id}`),
      ].sort(),
    );
    expect(inputsOf("dashboards-folder")).toEqual({
      uid: "fase-b-staging",
      title: "fase-b-staging",
      preventDestroyIfNotEmpty: true,
    });
  });

  it("gives Grafana the model's bytes, in the folder, over what was changed by hand", () => {
    for (const { id, json } of models)
      expect(inputsOf(`dashboards-${id}`)).toEqual({
        configJson: json,
        folder: "fase-b-staging",
        overwrite: true,
      });
  });

  it("reads CloudWatch by the reader's role alone, and Prometheus by its address; nothing is secret", () => {
    const { jsonDataEncoded: cloudwatch, ...rest } = inputsOf("dashboards-cloudwatch");
    expect(rest).toEqual({
      type: "cloudwatch",
      uid: "fase-b-staging-cloudwatch",
      name: "fase-b-staging-cloudwatch",
      accessMode: "proxy",
    });
    expect(JSON.parse(cloudwatch as string)).toEqual({
      authType: "default",
      assumeRoleArn: READER,
      externalId: "fase-b-staging-grafana",
      defaultRegion: "eu-west-1",
      customMetricsNamespaces: "fase-b-staging/functions,fase-b-staging/logs",
    });
    const { jsonDataEncoded: prometheus, ...others } = inputsOf("dashboards-prometheus");
    expect(others).toEqual({
      type: "prometheus",
      uid: "fase-b-staging-prometheus",
      name: "fase-b-staging-prometheus",
      accessMode: "proxy",
      url: "https://prometheus.staging.example.com",
    });
    expect(JSON.parse(prometheus as string)).toEqual({
      httpMethod: "POST",
      timeInterval: "60s",
      manageAlerts: false,
    });
  });
});
