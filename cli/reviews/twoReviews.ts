/** The two who must have looked, each by somebody else (B0.3). */
export const SEATS = ["lead", "qaSec"] as const;
export type Seat = (typeof SEATS)[number];
export const seatNames: Readonly<Record<Seat, string>> = { lead: "Lead", qaSec: "QA Sec" };

/** As GitHub tells it. https://docs.github.com/en/rest/pulls/reviews */
export interface Review {
  readonly user: string;
  readonly state: string;
  /** What was looked at. */
  readonly commit: string;
}

export interface PullRequest {
  readonly author: string;
  /** Its last commit. */
  readonly head: string;
  /** In the order in which they were made. */
  readonly reviews: readonly Review[];
}

/** Who may sit where, by login; a person may be in both lists and still counts once. */
export type Members = Readonly<Record<Seat, readonly string[]>>;

/** What the approvals come to: one line for each thing that is missing, none where nothing is. */
export interface Judgement {
  readonly approvedBy: Readonly<Partial<Record<Seat, string>>>;
  readonly problems: readonly string[];
}

/** A remark is no vote, and takes none back. */
const VOTES = new Set(["APPROVED", "CHANGES_REQUESTED", "DISMISSED"]);

/** Logins are compared as GitHub does, which knows no case. */
const lower = (login: string): string => login.toLowerCase();

export function twoReviews({ author, head, reviews }: PullRequest, members: Members): Judgement {
  const last = new Map<string, Review>();
  for (const review of reviews) if (VOTES.has(review.state)) last.set(lower(review.user), review);
  const votes = [...last].filter(([user]) => user !== lower(author));
  const approving = votes
    .filter(([, { state, commit }]) => state === "APPROVED" && commit === head)
    .map(([user]) => user);
  const inSeat = (seat: Seat): readonly string[] => {
    const list = new Set(members[seat].map(lower));
    return approving.filter((user) => list.has(user));
  };
  const [leads, qaSecs] = [inSeat("lead"), inSeat("qaSec")];
  const pair = leads.flatMap((lead) =>
    qaSecs.filter((qa) => qa !== lead).map((qaSec) => ({ lead, qaSec })),
  )[0];
  const against = votes
    .filter(([user, { state }]) => state === "CHANGES_REQUESTED" && isMember(user, members))
    .map(
      ([user]) =>
        `${user}: got changes requested; allowed: an approval; fix: make them, or have it looked at again`,
    );
  if (pair !== undefined) return { approvedBy: pair, problems: against };
  const missing = SEATS.filter((seat) => inSeat(seat).length === 0).map((seat) =>
    missingIn(seat, votes, head, members),
  );
  return {
    approvedBy: {},
    problems: [
      ...(missing.length > 0
        ? missing
        : [
            `Lead and QA Sec: got ${leads[0] ?? ""} for both; allowed: two persons; fix: have another one of either approve`,
          ]),
      ...against,
    ],
  };
}

function missingIn(
  seat: Seat,
  votes: readonly (readonly [string, Review])[],
  head: string,
  members: Members,
): string {
  const list = new Set(members[seat].map(lower));
  const stale = votes.some(
    ([user, { state, commit }]) => list.has(user) && state === "APPROVED" && commit !== head,
  );
  return `${seatNames[seat]}: got ${stale ? "an approval of an earlier commit" : "no approval"}; allowed: one of the last commit, by somebody else than its author; fix: have one of ${seatNames[seat]} approve it`;
}

const isMember = (user: string, members: Members): boolean =>
  SEATS.some((seat) => members[seat].some((login) => lower(login) === user));
