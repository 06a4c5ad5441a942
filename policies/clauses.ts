// Filled from the work order by the generator; see policies/README.md.
export type ClauseId = string;
