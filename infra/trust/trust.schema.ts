import { z } from "zod";
import { identifier, isoDay } from "../settings/primitives";
import { showValue } from "../shared/problem";

const DAY_MS = 86_400_000;

/** The longest that a service's leaf may ever live. */
const SERVICES_MOST_DAYS = 30;

/** One certificate in PEM, as text. What is in it is checked by `importedAuthority.ts`. */
const pem = z
  .string()
  .max(8_192)
  .regex(/^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*$/)
  .meta({
    allowed: "one certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE and nothing else",
    fix: "paste the certificate as a block text (|); a private key never belongs here",
  });

/** An authority that was made elsewhere. It is trusted while its leaves live; nothing is issued by it here. */
const imported = z.strictObject({ rootPem: pem, clientsIssuerPem: pem, servicesIssuerPem: pem });

const facts = {
  /** Permanent: it names the generation's resources and secrets. */
  id: identifier,
  /** The generation whose root signs this one's issuers. @default a root of its own */
  root: identifier.optional(),
};

/**
 * One generation of the authority: a root, the clients' issuer and the services' issuer.
 *
 * A change of generation is three `pulumi up`s, each of them after the one before is in force everywhere: the new one is
 * `introduced` (trusted, signs nothing), then `issuing` while the old one is `retiring`, then the old one is `retired`.
 */
const generation = z.discriminatedUnion("state", [
  z.strictObject({ ...facts, state: z.literal("introduced"), imported: imported.optional() }),
  z.strictObject({ ...facts, state: z.literal("issuing") }),
  z.strictObject({
    ...facts,
    state: z.literal("retiring"),
    imported: imported.optional(),
    /** The day of the last leaf. */
    stoppedIssuing: isoDay,
  }),
  z.strictObject({
    ...facts,
    state: z.literal("retired"),
    imported: imported.optional(),
    stoppedIssuing: isoDay,
    /** The day from which it is not trusted any more: after the life of its last leaf. */
    notTrusted: isoDay,
  }),
]);

export type Generation = z.infer<typeof generation>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html: at most 1,000 certificates, 1 MB */
const generations = z.array(generation).min(1).max(20);

export const trust = z
  .strictObject({
    /** X.509 organization of the authority's certificates; never a person. */
    organization: z.string().min(3).max(64),
    generations,
    rootLifetimeDays: z.number().int().min(365).max(3_650),
    issuerLifetimeDays: z.number().int().min(90).max(1_825),
    /** An issuer or root with less of its life left asks for the next generation. */
    alarmAtRemainingPercent: z.number().int().min(5).max(50),
    leaves: z.strictObject({
      /** Clients' own: enrolled by `npm run client`. */
      clients: z.strictObject({
        lifetimeDays: z.number().int().min(1).max(90),
        alarmAtRemainingPercent: z.number().int().min(10).max(50),
      }),
      /** The functions', the prober's and the agents' own: renewed by themselves. */
      services: z.strictObject({
        lifetimeDays: z.number().int().min(2).max(SERVICES_MOST_DAYS),
        alarmAtRemainingPercent: z.number().int().min(10).max(50),
      }),
    }),
    /** Versions of the truststore that are no longer in force are kept this long, for the rollback. */
    keepOldVersionsDays: z.number().int().min(30).max(365),
    /** How an instance of the authorizer keeps up with issuers, live keys and revoked certificates. */
    records: z
      .strictObject({
        /** It reads them again after this: the longest that a revocation takes while the table answers. */
        refreshSeconds: z.number().int().min(1).max(55),
        /** What was read longer ago denies everybody. Within a minute a revocation is in force, whatever fails. */
        maxAgeSeconds: z.number().int().min(2).max(59),
      })
      .superRefine(({ refreshSeconds, maxAgeSeconds }, context) => {
        if (maxAgeSeconds > refreshSeconds) return;
        context.addIssue({
          code: "custom",
          path: ["maxAgeSeconds"],
          message: "records outlive their refresh",
          params: {
            allowed: `more than refreshSeconds, ${refreshSeconds}`,
            fix: "raise it, or refresh more often",
          },
        });
      }),
  })
  .superRefine((settings, context) => {
    for (const { path, ...params } of generationProblems(settings))
      context.addIssue({ code: "custom", path: ["generations", ...path], message: params.allowed, params });
    const { leaves, issuerLifetimeDays, rootLifetimeDays } = settings;
    if (rootLifetimeDays < 2 * issuerLifetimeDays) {
      context.addIssue({
        code: "custom",
        path: ["rootLifetimeDays"],
        message: "a root outlives its issuers",
        params: {
          allowed: `at least ${2 * issuerLifetimeDays} days, twice issuerLifetimeDays: a later generation may stand below it`,
          fix: "let the root live longer, or the issuers shorter",
        },
      });
    }
    for (const kind of ["clients", "services"] as const) {
      // A leaf ends with its issuer at the latest: near its end an issuer could give hardly any life.
      const mostDays = Math.floor(issuerLifetimeDays / 4);
      if (leaves[kind].lifetimeDays <= mostDays) continue;
      context.addIssue({
        code: "custom",
        path: ["leaves", kind, "lifetimeDays"],
        message: "leaves are short beside their issuer",
        params: {
          allowed: `at most ${mostDays} days, a quarter of issuerLifetimeDays`,
          fix: "shorten the leaves, or let issuers live longer",
        },
      });
    }
  });

export type TrustSettings = z.infer<typeof trust>;

interface GenerationProblem {
  readonly path: (string | number)[];
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

type Lifetimes = Pick<TrustSettings, "generations" | "leaves">;

/** What no generation shows alone: how they follow each other. */
function generationProblems({ generations: all, leaves }: Lifetimes): GenerationProblem[] {
  const problems: GenerationProblem[] = [];
  const issuing = all.filter(({ state }) => state === "issuing");
  if (issuing.length !== 1) {
    problems.push({
      path: [],
      got: `${issuing.length} generations that issue (${issuing.map(({ id }) => id).join(", ") || "none"})`,
      allowed: "exactly one with state: issuing",
      fix: "let one issue; the one before it is retiring, the one after it introduced",
    });
  }
  // What was signed under earlier settings may live longer than today's: of services the most that they ever may; clients'
  // certificates are in the ledger, one by one.
  const longestDays = Math.max(leaves.clients.lifetimeDays, SERVICES_MOST_DAYS);
  all.forEach((one, i) => {
    if (all.findIndex(({ id }) => id === one.id) !== i) {
      problems.push({
        path: [i, "id"],
        got: showValue(one.id),
        allowed: "an id that no other generation has or had",
        fix: "give it a new id: the old one names the other's keys",
      });
    }
    problems.push(...rootProblems(all, one, i));
    if (one.state !== "retired") return;
    const livedDays = (Date.parse(one.notTrusted) - Date.parse(one.stoppedIssuing)) / DAY_MS;
    if (livedDays > longestDays) return;
    problems.push({
      path: [i, "notTrusted"],
      got: showValue(one.notTrusted),
      allowed: `more than ${longestDays} days after stoppedIssuing, ${one.stoppedIssuing}: its last leaves live that long`,
      fix: "leave it in state retiring until then; a client with its leaf would be cut off",
    });
  });
  return problems;
}

function rootProblems(all: readonly Generation[], one: Generation, i: number): GenerationProblem[] {
  if (one.root === undefined) return [];
  const root = all.find(({ id }) => id === one.root);
  const own = all.filter(
    (each) => each.root === undefined && !("imported" in each && each.imported !== undefined),
  );
  if ("imported" in one && one.imported !== undefined) {
    return [
      {
        path: [i, "root"],
        got: showValue(one.root),
        allowed: "none beside imported, which brings its root along",
        fix: "remove it",
      },
    ];
  }
  if (root === undefined || root === one || !own.includes(root)) {
    return [
      {
        path: [i, "root"],
        got: showValue(one.root),
        allowed: `a generation with a root of its own made here: ${own.map(({ id }) => id).join(", ") || "none is"}`,
        fix: "name one of these, or remove it: the generation then has a root of its own",
      },
    ];
  }
  // A retired root is not in the truststore, so a chain that ends there ends nowhere.
  if (root.state === "retired" && one.state !== "retired") {
    return [
      {
        path: [i, "root"],
        got: `${showValue(one.root)}, which is retired`,
        allowed: "a generation that is trusted, while this one is",
        fix: `leave ${root.id} in state retiring until ${one.id} is retired too`,
      },
    ];
  }
  return [];
}
