import { EscalationPolicy } from "@pulumi/pagerduty/escalationPolicy";
import { Schedule } from "@pulumi/pagerduty/schedule";
import { Service } from "@pulumi/pagerduty/service";
import { ServiceIntegration } from "@pulumi/pagerduty/serviceIntegration";
import { User } from "@pulumi/pagerduty/user";
import * as pulumi from "@pulumi/pulumi";
import { formatProblem } from "../../shared/problem";
import { WorkOrderComponent } from "../../shared/component";
import { alarmsEndpoint, checkPeople, jobTitle, layerOf, type PagerSettings } from "./pagerRules";

export interface PagerArgs {
  readonly namePrefix: string;
  readonly settings: PagerSettings;
}

/** The SDK's documents write these in camel case; the API, and so the provider, takes them as they stand here. */
const EVENTS = "events_api_v2_inbound_integration";
/** By its type, since the vendor's id could only be looked up in an account. */
const CLOUDWATCH = "aws_cloudwatch_inbound_integration";

/** How PagerDuty's provider spells that a clock is off. */
const NEVER = "null";

const services = {
  page: {
    description: "wakes whoever is on call",
    urgency: "high",
    // Whoever acknowledged and fell asleep again is asked once more.
    acknowledgementTimeout: "1800",
  },
  ticket: { description: "waits for the morning", urgency: "low", acknowledgementTimeout: NEVER },
} as const;

/**
 * The pager: people, whose turn it is, whom it escalates to, a service that wakes and one that waits, and the keys by which
 * events get in.
 *
 * A key is replaced by another `keyGeneration`: it is part of the integrations' names, so that an update makes the new ones,
 * hands their keys on, and only then takes the old ones away.
 */
export class Pager extends WorkOrderComponent {
  /** Of the service that wakes; change events go there too. Secret. */
  readonly pageKey: pulumi.Output<string>;
  /** Of the service that waits. Secret. */
  readonly ticketKey: pulumi.Output<string>;
  /** What the topic of alarms subscribes; the address holds a key of the service that waits. Secret. */
  readonly alarmsEndpoint: pulumi.Output<string>;
  /** The same of the service that wakes. Secret. */
  readonly pageAlarmsEndpoint: pulumi.Output<string>;

  private readonly generation: string;

  /** @param opts with PagerDuty's provider */
  constructor(name: string, { namePrefix, settings }: PagerArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = checkPeople(settings, "pager");
    if (problems.length > 0) throw new pulumi.RunError(problems.map(formatProblem).join("\n"));
    const { account, keyGeneration } = settings;
    super("Pager", name, ["B1.2", "B1.3", "B1.4", "B1.5"], opts, { account, keyGeneration });
    this.generation = keyGeneration;

    const policy = this.createEscalation(name, namePrefix, settings, this.createUsers(name, settings));
    const page = this.createService(name, "page", namePrefix, settings, policy);
    const ticket = this.createService(name, "ticket", namePrefix, settings, policy);

    this.pageKey = this.createKey(`${name}-page-events`, page, EVENTS);
    this.ticketKey = this.createKey(`${name}-ticket-events`, ticket, EVENTS);
    const endpoint = (key: pulumi.Output<string>): pulumi.Output<string> =>
      key.apply((text) => alarmsEndpoint(account, text));
    this.alarmsEndpoint = endpoint(this.createKey(`${name}-ticket-alarms`, ticket, CLOUDWATCH));
    this.pageAlarmsEndpoint = endpoint(this.createKey(`${name}-page-alarms`, page, CLOUDWATCH));
    this.registerOutputs({});
  }

  private createUsers(name: string, { people }: PagerSettings): ReadonlyMap<string, User> {
    return new Map(
      people.map(({ id, email }) => [
        id,
        new User(
          `${name}-${id}`,
          // May answer and schedule, and change nothing of what the program declares.
          { name: id, email, jobTitle: jobTitle(id), role: "limited_user" },
          { parent: this },
        ),
      ]),
    );
  }

  private createEscalation(
    name: string,
    namePrefix: string,
    { schedule, escalation }: PagerSettings,
    users: ReadonlyMap<string, User>,
  ): EscalationPolicy {
    const idsOf = (ids: readonly string[]): pulumi.Input<string>[] =>
      ids.flatMap((id) => users.get(id)?.id ?? []);
    const { start, rotationTurnLengthSeconds } = layerOf(schedule);
    const onCall = new Schedule(
      `${name}-schedule`,
      {
        name: `${namePrefix}-on-call`,
        description: "Fase B: whose turn it is",
        timeZone: schedule.timeZone,
        layers: [
          {
            name: "Turns",
            start,
            rotationVirtualStart: start,
            rotationTurnLengthSeconds,
            users: idsOf(schedule.turns),
          },
        ],
      },
      { parent: this },
    );
    const escalationDelayInMinutes = escalation.acknowledgeMinutes;
    return new EscalationPolicy(
      `${name}-escalation`,
      {
        name: `${namePrefix}-escalation`,
        description: "Fase B: whoever is on call, then all who are named",
        numLoops: escalation.repeats,
        rules: [
          { escalationDelayInMinutes, targets: [{ type: "schedule_reference", id: onCall.id }] },
          {
            escalationDelayInMinutes,
            targets: idsOf(escalation.then).map((id) => ({ type: "user_reference", id })),
          },
        ],
      },
      { parent: this },
    );
  }

  private createService(
    name: string,
    kind: keyof typeof services,
    namePrefix: string,
    { groupingMinutes }: PagerSettings,
    policy: EscalationPolicy,
  ): Service {
    const { description, urgency, acknowledgementTimeout } = services[kind];
    return new Service(
      `${name}-${kind}`,
      {
        name: `${namePrefix}-${kind}`,
        description: `Fase B: ${description}`,
        escalationPolicy: policy.id,
        // Events API v2 asks for alerts, and only they fold into one incident.
        alertCreation: "create_alerts_and_incidents",
        alertGroupingParameters: { type: "time", config: { timeout: groupingMinutes } },
        incidentUrgencyRule: { type: "constant", urgency },
        acknowledgementTimeout,
        // It ends when its source says so, or a person does: time mends nothing.
        autoResolveTimeout: NEVER,
      },
      { parent: this },
    );
  }

  /** Whoever has the key can wake people, and the SDK does not say that it is a secret. */
  private createKey(name: string, service: Service, type: string): pulumi.Output<string> {
    const { integrationKey } = new ServiceIntegration(
      `${name}-${this.generation}`,
      { name: `${name}-${this.generation}`, service: service.id, type },
      { parent: this, additionalSecretOutputs: ["integrationKey"] },
    );
    return pulumi.secret(integrationKey);
  }
}
