import * as pulumi from "@pulumi/pulumi";
import * as grafana from "@pulumiverse/grafana";
import { WorkOrderComponent } from "../../shared/component";
import type { DashboardModel } from "./dashboard";
import { folderUid } from "./dashboardIds";
import type { DataSourceModel } from "./dataSources";
import { folderTitle } from "./grafanaPanel";

export interface DashboardsArgs {
  readonly namePrefix: string;
  /** As `dashboards()` makes them. */
  readonly dashboards: readonly DashboardModel[];
  /** As `dataSources()` makes them. */
  readonly dataSources: readonly DataSourceModel[];
}

/**
 * A folder of its own, the data sources, and every dashboard (B1.1). Names and texts are known at preview, so that policies can judge
 * them. The provider of Grafana comes through the options.
 */
export class Dashboards extends WorkOrderComponent {
  /** What alert rules stand in. */
  readonly folder: grafana.oss.Folder;
  /** What alert rules read. */
  readonly dataSources: readonly grafana.oss.DataSource[];

  constructor(name: string, args: DashboardsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Dashboards", name, ["B1.1"], opts);
    this.folder = this.createFolder(name, args);
    this.dataSources = args.dataSources.map((source) => this.createDataSource(name, source));
    for (const model of args.dashboards) this.createDashboard(name, model, args);
    this.registerOutputs({ folderUid: folderUid(args.namePrefix) });
  }

  private createFolder(name: string, { namePrefix }: DashboardsArgs): grafana.oss.Folder {
    return new grafana.oss.Folder(
      `${name}-folder`,
      {
        uid: folderUid(namePrefix),
        title: folderTitle(namePrefix),
        // What somebody else has put there does not go with it.
        preventDestroyIfNotEmpty: true,
      },
      { parent: this },
    );
  }

  private createDataSource(
    name: string,
    { type, uid, name: sourceName, url, jsonData }: DataSourceModel,
  ): grafana.oss.DataSource {
    return new grafana.oss.DataSource(
      `${name}-${type}`,
      {
        type,
        uid,
        name: sourceName,
        accessMode: "proxy",
        ...(url === undefined ? {} : { url }),
        jsonDataEncoded: JSON.stringify(jsonData),
      },
      { parent: this },
    );
  }

  private createDashboard(name: string, { id, json }: DashboardModel, { namePrefix }: DashboardsArgs): void {
    new grafana.oss.Dashboard(
      `${name}-${id}`,
      {
        configJson: json,
        folder: folderUid(namePrefix),
        // Its home is the code: what was changed by hand gives way, rather than that an update stops half-way.
        overwrite: true,
      },
      { parent: this, dependsOn: [this.folder, ...this.dataSources] },
    );
  }
}
