import type { Gateway } from "./gateway";
import { plural } from "../style";
import { lastGood, unreadableText, type Known, type Situation } from "./plan";
import type { Finding } from "./text";

/** Whether one could go back now: asked every night, so that nobody finds out on the day. */
export async function checked(situation: Situation, gateway: Gateway): Promise<readonly Finding[]> {
  const { stage, deployments, domains, unreadable } = situation;
  const current = deployments.find(({ inForce }) => inForce);
  const newest = deployments[0];
  const good = lastGood(deployments);
  return [
    current === undefined
      ? bad(`the stage points at ${stage.deploymentId || "nothing"}, which is none of the API's deployments`)
      : fine(`in force: ${described(current)}`),
    ...(good === undefined
      ? [
          bad(
            "no deployment to go back to: none before the one in force that the program made, with another model, that no rollback went away from",
          ),
        ]
      : [await stillThere(good, gateway)]),
    // A rollback that nobody followed up is undone by the next update.
    ...(current !== undefined && newest !== undefined && newest.id !== current.id
      ? [bad(`${newest.id} is newer than the one in force: state and program were not brought back in step`)]
      : []),
    ...(stage.hasCanary
      ? [bad("the stage has a canary, which a rollback leaves on its own deployment")]
      : []),
    ...unreadable.map((name) => bad(unreadableText(name))),
    domains.length > 0
      ? fine(`${plural(domains.length, "domain leads", "domains lead")} to the stage`)
      : bad("no custom domain leads to the stage: nobody can call it"),
  ];
}

async function stillThere(good: Known, gateway: Gateway): Promise<Finding> {
  const routes = await gateway.routes(good.id);
  if (routes === undefined) return bad(`${good.id} was removed`);
  if (routes.length === 0) return bad(`${described(good)} has no route`);
  return fine(
    `the last good one is there: ${described(good)}, with ${routes.map(({ name }) => name).join(", ")}`,
  );
}

const described = ({ id, createdMs, digest, commit }: Known): string =>
  `${id} of ${new Date(createdMs).toISOString()}, model ${digest?.slice(0, 12) ?? "unknown"}, commit ${commit.known ? commit.value.slice(0, 12) : `unknown (${commit.because})`}`;

const fine = (text: string): Finding => ({ holds: true, text });
const bad = (text: string): Finding => ({ holds: false, text });
